//! The copy of the register of ownership in memory, and the numbers of home blocks in this process.
//!
//! It takes rows only forward (`common::placement::adopt`); what is durable is in the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use common::placement::slice::SLICES;
use common::placement::{Adoption, Placement, adopt};
use common::{BlockName, SliceId};

use crate::index::{HOMES_MAX, HomeIndex};

type Slices = [Option<Arc<Placement>>; SLICES as usize];

#[derive(Debug, Default)]
struct Copy {
    numbers: HashMap<BlockName, HomeIndex>,
    homes: Vec<(BlockName, Slices)>,
}

/// The copy.
#[derive(Debug, Default)]
pub struct Register {
    copy: RwLock<Copy>,
}

/// More home blocks than a router can number.
#[derive(Debug, thiserror::Error)]
#[error("a router tells at most {HOMES_MAX} home blocks apart")]
pub struct TooManyHomes;

impl Register {
    /// The number of a home block; a new name gets a new one.
    pub fn number(&self, home: &BlockName) -> Result<HomeIndex, TooManyHomes> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = copy.numbers.get(home) {
            return Ok(*number);
        }
        drop(copy);
        let mut copy = self.copy.write().unwrap_or_else(PoisonError::into_inner);
        copy.number(home)
    }

    /// The name behind a number.
    pub fn name(&self, home: HomeIndex) -> Option<BlockName> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let (name, _) = copy.homes.get(usize::from(home.0))?;
        Some(name.clone())
    }

    /// The row of a slice.
    pub fn row(&self, home: HomeIndex, slice: SliceId) -> Option<Arc<Placement>> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let (_, slices) = copy.homes.get(usize::from(home.0))?;
        slices[usize::from(slice.number())].clone()
    }

    /// The row of a slice of a home.
    pub fn find(&self, home: &BlockName, slice: SliceId) -> Option<Arc<Placement>> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let number = copy.numbers.get(home)?;
        let (_, slices) = copy.homes.get(usize::from(number.0))?;
        slices[usize::from(slice.number())].clone()
    }

    /// All rows, by home and slice.
    pub fn rows(&self) -> Vec<Placement> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let mut homes: Vec<&(BlockName, Slices)> = copy.homes.iter().collect();
        homes.sort_by(|a, b| a.0.cmp(&b.0));
        homes
            .into_iter()
            .flat_map(|(_, slices)| slices.iter().flatten())
            .map(|row| Placement::clone(row))
            .collect()
    }

    /// Takes those rows that are newer than the copy's.
    pub fn adopt(&self, rows: &[Placement]) -> Result<(), TooManyHomes> {
        let mut copy = self.copy.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let home = copy.number(&row.home)?;
            let (_, slices) = &mut copy.homes[usize::from(home.0)];
            let place = &mut slices[usize::from(row.slice.number())];
            if adopt(place.as_deref(), row) != Adoption::Known {
                *place = Some(Arc::new(row.clone()));
            }
        }
        Ok(())
    }
}

impl Copy {
    fn number(&mut self, home: &BlockName) -> Result<HomeIndex, TooManyHomes> {
        if let Some(number) = self.numbers.get(home) {
            return Ok(*number);
        }
        let next = self.homes.len();
        let number = u16::try_from(next).map_err(|_| TooManyHomes)?;
        if next >= HOMES_MAX {
            return Err(TooManyHomes);
        }
        self.homes.push((home.clone(), [const { None }; SLICES as usize]));
        self.numbers.insert(home.clone(), HomeIndex(number));
        Ok(HomeIndex(number))
    }
}

#[cfg(test)]
mod tests {
    use common::Revision;

    use super::*;

    #[test]
    fn rows_go_forward_only() {
        let register = Register::default();
        let home: BlockName = "client-1".parse().unwrap();
        let slice = SliceId::try_from(5).unwrap();
        let first = Placement::first(home.clone(), slice, "test");
        let second =
            Placement { revision: Revision(2), reason: "second".to_owned(), ..first.clone() };
        register.adopt(std::slice::from_ref(&second)).unwrap();
        register.adopt(&[first]).unwrap();
        let number = register.number(&home).unwrap();
        assert_eq!(register.row(number, slice).as_deref(), Some(&second));
        assert_eq!(register.name(number), Some(home));
        assert_eq!(register.rows(), vec![second]);
    }
}
