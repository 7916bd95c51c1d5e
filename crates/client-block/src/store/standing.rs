//! What the block's database says about a customer and his slice: what every transaction that
//! changes something reads behind the gate (protocol §3).

use common::archive::late::HandedOver;
use common::block::access::{self, Access};
use common::placement::Placement;
use common::{BlockName, Generation, Guards, Incarnation, Revision};
use platform::StoreError;
use tokio_postgres::Row;

use super::placement;

/// What stands for the life of a database that has none yet: a row that names a life does not mean
/// it.
pub const NAMELESS: Incarnation = Incarnation { timeline: 0, system: 0, nonce: 0 };

/// What is said of one customer.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The life of the database; absent before the worker has written one.
    pub life: Option<Incarnation>,
    /// The server is in another life than the one that is written: it was promoted or restored, and
    /// the worker has yet to notice. Nobody is served meanwhile.
    pub strange: bool,
    /// A later life was seen.
    pub outlived: bool,
    /// The row of his slice.
    pub row: Option<Placement>,
    /// The generation under which his slice is sealed here.
    pub sealed: Option<Generation>,
    /// He was handed over.
    pub handed: Option<HandedOver>,
    /// There is a row of his.
    pub known: bool,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
    /// The gateway was fenced for him then.
    pub fenced: bool,
    /// The highest fence that a gateway has answered for him.
    pub fence: Option<Generation>,
    /// The highest revision that an acknowledgement has named for him or his slice as late.
    pub late: Option<Revision>,
}

/// The columns of [`Standing`], from the tables that [`TABLES`] joins. In a macro, so that
/// statements are put together once, by the compiler.
macro_rules! columns {
    () => {
        "p.*, l.incarnation as life, l.outlived,
        substr(l.incarnation, 1, 8) <> lower(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))
            as strange,
        z.generation as sealed, h.target as handed_to, h.generation as handed_generation,
        k.customer_id is not null as known, k.loaded_generation, k.loaded_fenced, c.fence,
        greatest(ns.revision, nc.revision) as late"
    };
}
pub(super) use columns;

/// The tables, joined to a row that has home, slice and customer under these names.
macro_rules! tables {
    ($home:literal, $slice:literal, $customer:literal) => {
        concat!(
            "left join life l on true
            left join placement p on p.home = ",
            $home,
            " and p.slice = ",
            $slice,
            "
            left join closed_customer c on c.customer_id = ",
            $customer,
            "
            left join sealed_slice z on z.home = ",
            $home,
            " and z.slice = ",
            $slice,
            "
            left join handed_over h on h.customer_id = ",
            $customer,
            "
            left join customer k on k.customer_id = ",
            $customer,
            "
            left join late_named ns on ns.home = ",
            $home,
            " and ns.slice = ",
            $slice,
            "
                and ns.customer_id = 0
            left join late_named nc on nc.home = ",
            $home,
            " and nc.slice = ",
            $slice,
            "
                and nc.customer_id = ",
            $customer
        )
    };
}
pub(super) use tables;

impl Standing {
    /// May `me` serve him, and under which generation? `seen`: the revision that his ticket has
    /// seen.
    pub fn access(&self, me: &BlockName, seen: Option<Revision>) -> Access {
        if self.strange {
            return Access::Behind;
        }
        let standing = access::Standing {
            me,
            life: self.life.as_ref().unwrap_or(&NAMELESS),
            outlived: self.outlived,
            row: self.row.as_ref(),
            seen: seen.max(self.late),
            sealed: self.sealed,
            handed: self.handed.as_ref(),
            loaded: self.loaded,
            fence: self.fence,
        };
        access::access(&standing, Guards::ALL)
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unreadable { what: "standing of a customer" };
        let generation = |column| row.get::<_, Option<i64>>(column).map(Generation::from_i64);
        let life: Option<String> = row.get("life");
        let handed = match row.get::<_, Option<String>>("handed_to") {
            None => None,
            Some(to) => Some(HandedOver {
                to: BlockName::try_from(to).map_err(|_| unreadable())?,
                generation: generation("handed_generation").ok_or_else(unreadable)?,
            }),
        };
        Ok(Self {
            life: life.map(|life| life.parse()).transpose().map_err(|_| unreadable())?,
            strange: row.get::<_, Option<bool>>("strange").unwrap_or(false),
            outlived: row.get::<_, Option<bool>>("outlived").unwrap_or(false),
            row: row.get::<_, Option<String>>("home").map(|_| placement::read(row)).transpose()?,
            sealed: generation("sealed"),
            handed,
            known: row.get("known"),
            loaded: generation("loaded_generation"),
            fenced: row.get::<_, Option<bool>>("loaded_fenced").unwrap_or(false),
            fence: generation("fence"),
            late: row.get::<_, Option<i64>>("late").map(Revision::from_i64),
        })
    }
}
