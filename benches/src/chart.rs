//! A line chart with logarithmic axes, as the text of an SVG file.

/// What a line shows, and its points.
pub type Line = (String, Vec<(f64, f64)>);

/// The edges of the plot in the picture.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 500.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 340.0;

/// Hues that stay apart for the colour-blind, of a lightness between that of paper and that of a dark screen.
const COLOURS: [&str; 7] = ["#d55e00", "#0084c8", "#009e73", "#b5860b", "#c060a0", "#7a6ff0", "#808080"];

/// Draws `lines`, all of whose points are positive. Each axis goes from one power of ten to another.
#[must_use]
pub fn draw(title: &str, x_label: &str, y_label: &str, lines: &[Line]) -> String {
    let (xs, ys) = (axis(lines, |point| point.0), axis(lines, |point| point.1));
    let x = |value: f64| LEFT + (RIGHT - LEFT) * (value.log10() - xs.0) / (xs.1 - xs.0);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value.log10() - ys.0) / (ys.1 - ys.0);
    let mut svg = vec![
        // No background, and a grey that is read on white and on black.
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 400" fill="#808080" font-size="13""##
            .into(),
        r#"  font-family="sans-serif">"#.into(),
        text(LEFT, 22.0, "start", title),
        text(f64::midpoint(LEFT, RIGHT), BOTTOM + 45.0, "middle", x_label),
        r#"<g transform="translate(20 190) rotate(-90)">"#.into(),
        text(0.0, 0.0, "middle", y_label),
        "</g>".into(),
    ];
    for power in decades(xs) {
        svg.push(rule((x(power), TOP), (x(power), BOTTOM)));
        svg.push(text(x(power), BOTTOM + 20.0, "middle", &power.to_string()));
    }
    for power in decades(ys) {
        svg.push(rule((LEFT, y(power)), (RIGHT, y(power))));
        svg.push(text(LEFT - 8.0, y(power) + 4.0, "end", &power.to_string()));
    }
    for (nth, ((name, points), colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let path: Vec<_> = points.iter().map(|it| format!("{:.1},{:.1}", x(it.0), y(it.1))).collect();
        let path = path.join(" ");
        svg.push(format!(r#"<g fill="{colour}">"#));
        svg.push(format!(r#"<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#));
        svg.push(text(RIGHT + 16.0, TOP + 14.0 + 22.0 * nth as f64, "start", name));
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

/// The powers of ten, as exponents, between which all of one coordinate is.
fn axis(lines: &[Line], coordinate: impl Fn(&(f64, f64)) -> f64) -> (f64, f64) {
    let logs = lines.iter().flat_map(|line| &line.1).map(|point| coordinate(point).log10());
    let (least, most) = logs.fold((f64::MAX, f64::MIN), |(least, most), log| (least.min(log), most.max(log)));
    (least.floor(), most.ceil().max(least.floor() + 1.0))
}

fn decades((first, last): (f64, f64)) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first), |power| Some(power + 1.0))
        .take_while(move |power| *power <= last)
        .map(|power| 10_f64.powf(power))
}
