//! Numbers in English words.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// Powers of a thousand; 64 bits end in the quintillions.
const GROUPS: [(u64, &str); 6] = [
    (1_000_000_000_000_000_000, "quintillion"),
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// The words for a number: `minus one hundred twenty-five`.
pub(super) fn spell(number: i64) -> String {
    let mut words: Vec<String> = Vec::new();
    if number < 0 {
        words.push("minus".to_owned());
    }
    let mut rest = number.unsigned_abs();
    if rest == 0 {
        words.push(SMALL[0].to_owned());
    }
    for (size, name) in GROUPS {
        if rest >= size {
            below_thousand(rest / size, &mut words);
            words.push(name.to_owned());
            rest %= size;
        }
    }
    below_thousand(rest, &mut words);
    words.join(" ")
}

/// Adds the words for a number below 1000; none for 0.
fn below_thousand(number: u64, words: &mut Vec<String>) {
    let small = |number: u64| SMALL[number as usize].to_owned();
    if number >= 100 {
        words.push(small(number / 100));
        words.push("hundred".to_owned());
    }
    match number % 100 {
        0 => {}
        below_twenty @ 1..20 => words.push(small(below_twenty)),
        rest => {
            let tens = TENS[(rest / 10) as usize];
            words.push(match rest % 10 {
                0 => tens.to_owned(),
                ones => format!("{tens}-{}", SMALL[ones as usize]),
            });
        }
    }
}
