//! A line chart with logarithmic axes, as the text of an SVG file.

use crate::figures::thousands;
use std::iter::successors;

/// What a line shows, and its points.
pub type Line = (String, Vec<(f64, f64)>);

/// The edges of the plot in the picture.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 510.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 340.0;

/// Hues that stay apart for the colour-blind, of a lightness between that of paper and that of a dark screen.
const COLOURS: [&str; 7] = ["#d55e00", "#0084c8", "#009e73", "#b5860b", "#c060a0", "#7a6ff0", "#808080"];

/// Draws `lines`, all of whose points are positive: the first one thick, and those after the seventh dashed, in the
/// colours of the first. Each axis goes from one of its marks to another.
#[must_use]
pub fn draw(title: &str, x_label: &str, y_label: &str, lines: &[Line]) -> String {
    let (xs, ys) = (Axis::of(lines, |point| point.0), Axis::of(lines, |point| point.1));
    let x = |value: f64| LEFT + (RIGHT - LEFT) * xs.place(value);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * ys.place(value);
    let mut svg = vec![
        // No background, and a grey that is read on white and on black.
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" fill="#808080" font-size="13""##
            .into(),
        r#"  font-family="sans-serif">"#.into(),
        text(LEFT, 22.0, "start", title),
        text(f64::midpoint(LEFT, RIGHT), BOTTOM + 45.0, "middle", x_label),
        r#"<g transform="translate(11 190) rotate(-90)">"#.into(),
        text(0.0, 0.0, "middle", y_label),
        "</g>".into(),
    ];
    for &mark in &xs.marks {
        svg.push(rule((x(mark), TOP), (x(mark), BOTTOM)));
        svg.push(text(x(mark), BOTTOM + 20.0, "middle", &label(mark)));
    }
    for &mark in &ys.marks {
        svg.push(rule((LEFT, y(mark)), (RIGHT, y(mark))));
        svg.push(text(LEFT - 8.0, y(mark) + 4.0, "end", &label(mark)));
    }
    for (nth, ((name, points), colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let path: Vec<_> = points.iter().map(|it| format!("{:.1},{:.1}", x(it.0), y(it.1))).collect();
        let path = path.join(" ");
        let width = if nth == 0 { 4 } else { 2 };
        let dashes = if nth < COLOURS.len() { "" } else { r#" stroke-dasharray="5 3""# };
        let middle = TOP + 10.0 + 22.0 * nth as f64;
        svg.push(format!(r#"<g fill="{colour}" stroke-width="{width}"{dashes}>"#));
        svg.push(format!(r#"<polyline points="{path}" fill="none" stroke="{colour}"/>"#));
        svg.push(format!(r#"<path d="M{} {middle}h22" stroke="{colour}"/>"#, RIGHT + 14.0));
        svg.push(text(RIGHT + 42.0, middle + 4.0, "start", name));
        svg.push("</g>".into());
    }
    svg.push("</svg>\n".into());
    svg.join("\n")
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#)
}

fn rule((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    let line = format!(r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}""#);
    format!(r##"{line} stroke="#808080" opacity="0.4"/>"##)
}

fn label(mark: f64) -> String {
    match mark {
        1_000_000.0.. => format!("{} M", thousands(mark / 1_000_000.0)),
        1.0.. => thousands(mark),
        _ => mark.to_string(),
    }
}

/// One coordinate: the marks from below all points to above them.
struct Axis {
    marks: Vec<f64>,
}

impl Axis {
    fn of(lines: &[Line], coordinate: impl Fn(&(f64, f64)) -> f64) -> Self {
        let values = lines.iter().flat_map(|line| &line.1).map(coordinate);
        let (least, most) = values.fold((f64::MAX, f64::MIN), |(a, b), it| (a.min(it), b.max(it)));
        // Where there are few powers of ten, halves and fifths of them are marks as well.
        let steps: &[f64] = if most / least < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let powers = successors(Some(least.log10().floor()), |power| Some(power + 1.0))
            .take_while(|power| *power <= most.log10().ceil())
            .map(|power| 10_f64.powf(power));
        let all: Vec<f64> = powers.flat_map(|power| steps.iter().map(move |step| step * power)).collect();
        let from = all.iter().rposition(|it| *it <= least).unwrap_or(0);
        let to = all.iter().position(|it| *it >= most).unwrap_or(all.len() - 1);
        Self { marks: all[from..=to.max(from + 1).min(all.len() - 1)].to_vec() }
    }

    /// Where `value` is, from 0 for the first mark to 1 for the last.
    fn place(&self, value: f64) -> f64 {
        let (first, last) = (self.marks[0].log10(), self.marks[self.marks.len() - 1].log10());
        (value.log10() - first) / (last - first)
    }
}
