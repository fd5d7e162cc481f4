//! Figures as words.

/// Two or three digits that count, or the whole number where it has more.
#[must_use]
pub fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        100.0.. => thousands(value),
        10.0.. => format!("{value:.1}"),
        0.1.. => format!("{value:.2}"),
        0.01.. => format!("{value:.3}"),
        0.001.. => format!("{value:.4}"),
        0.0001.. => format!("{value:.5}"),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number, with commas.
#[must_use]
pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut shown = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
