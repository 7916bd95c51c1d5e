//! Names that could be anybody's, in Latin letters.

/// Where a name sounds from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    Russian,
    English,
}

const RUSSIAN_WOMEN: [&str; 20] = [
    "Anna",
    "Maria",
    "Elena",
    "Olga",
    "Tatiana",
    "Natalia",
    "Irina",
    "Svetlana",
    "Ekaterina",
    "Daria",
    "Polina",
    "Ksenia",
    "Vera",
    "Nadezhda",
    "Lyudmila",
    "Galina",
    "Yulia",
    "Alina",
    "Sofia",
    "Zoya",
];

const RUSSIAN_MEN: [&str; 20] = [
    "Ivan",
    "Alexei",
    "Dmitri",
    "Sergei",
    "Andrei",
    "Mikhail",
    "Nikolai",
    "Pavel",
    "Vladimir",
    "Konstantin",
    "Oleg",
    "Igor",
    "Roman",
    "Denis",
    "Kirill",
    "Maxim",
    "Anton",
    "Boris",
    "Grigori",
    "Yuri",
];

/// Family names in the form for men; women's take an `a`.
const RUSSIAN_FAMILIES: [&str; 32] = [
    "Ivanov",
    "Petrov",
    "Sidorov",
    "Smirnov",
    "Kuznetsov",
    "Popov",
    "Vasiliev",
    "Sokolov",
    "Mikhailov",
    "Novikov",
    "Fedorov",
    "Morozov",
    "Volkov",
    "Alekseev",
    "Lebedev",
    "Semenov",
    "Egorov",
    "Pavlov",
    "Kozlov",
    "Stepanov",
    "Nikolaev",
    "Orlov",
    "Andreev",
    "Makarov",
    "Nikitin",
    "Zakharov",
    "Zaitsev",
    "Soloviev",
    "Borisov",
    "Yakovlev",
    "Grigoriev",
    "Romanov",
];

const ENGLISH_FIRST: [&str; 24] = [
    "Alice",
    "Emma",
    "Grace",
    "Hannah",
    "Charlotte",
    "Lucy",
    "Rose",
    "Emily",
    "Clara",
    "Edith",
    "Harriet",
    "Florence",
    "James",
    "Henry",
    "Oliver",
    "George",
    "Arthur",
    "Edward",
    "Thomas",
    "William",
    "Samuel",
    "Frederick",
    "Daniel",
    "Hugh",
];

const ENGLISH_FAMILIES: [&str; 28] = [
    "Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Thomas", "Roberts", "Walker",
    "Wright", "Robinson", "Thompson", "White", "Hughes", "Edwards", "Green", "Hall", "Wood",
    "Harris", "Clarke", "Turner", "Hill", "Cooper", "Ward", "Baker", "Morris", "Carter", "Parker",
];

/// First and last name for two numbers.
pub(super) fn name_of(origin: Origin, first: u64, last: u64) -> (&'static str, String) {
    match origin {
        Origin::English => (pick(&ENGLISH_FIRST, first), pick(&ENGLISH_FAMILIES, last).to_owned()),
        Origin::Russian => {
            let family = pick(&RUSSIAN_FAMILIES, last);
            if first.is_multiple_of(2) {
                (pick(&RUSSIAN_WOMEN, first / 2), format!("{family}a"))
            } else {
                (pick(&RUSSIAN_MEN, first / 2), family.to_owned())
            }
        }
    }
}

fn pick(from: &[&'static str], number: u64) -> &'static str {
    let count = u64::try_from(from.len()).unwrap_or(u64::MAX);
    from[usize::try_from(number % count).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_family_names_follow_the_first_name() {
        assert_eq!(name_of(Origin::Russian, 0, 1), ("Anna", "Petrova".to_owned()));
        assert_eq!(name_of(Origin::Russian, 1, 1), ("Ivan", "Petrov".to_owned()));
        assert_eq!(name_of(Origin::English, 25, 28), ("Emma", "Smith".to_owned()));
    }
}
