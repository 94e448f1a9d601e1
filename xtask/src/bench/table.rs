//! Figures as an aligned table.

use super::figure::Figure;

const HEADINGS: [&str; 5] = ["name", "value", "unit", "compared with", "ratio"];

/// Columns that hold numbers and are aligned to the right.
const NUMBERS: [bool; 5] = [false, true, false, false, true];

/// Renders the figures, and below them the targets that were not met in this run.
pub(crate) fn render(figures: &[Figure]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(figures.iter().map(row));
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    });

    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            if NUMBERS[column] {
                line.push_str(&format!("{cell:>width$}  "));
            } else {
                line.push_str(&format!("{cell:width$}  "));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&targets(figures));
    text
}

fn row(figure: &Figure) -> [String; 5] {
    [
        format!("{}/{}", figure.bench, figure.name),
        number(figure.value),
        figure.unit.clone(),
        figure.compared_with.clone().unwrap_or_else(|| "-".to_owned()),
        figure.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
    ]
}

/// Three significant digits or so; more would claim a precision that no run has.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 100.0 || value == 0.0 {
        format!("{value:.0}")
    } else if magnitude >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

fn targets(figures: &[Figure]) -> String {
    let with_target = figures.iter().filter(|figure| figure.met.is_some()).count();
    let missed: Vec<&Figure> = figures.iter().filter(|figure| figure.met == Some(false)).collect();
    if missed.is_empty() {
        return format!("all {with_target} targets met");
    }
    let mut text = format!("{} of {with_target} targets not met:", missed.len());
    for figure in missed {
        let target = figure.target.as_deref().unwrap_or("no words for the target");
        let [name, value, unit, _, ratio] = row(figure);
        text.push_str(&format!("\n  {name}: {value} {unit}, ratio {ratio}; target: {target}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: f64, ratio: Option<f64>, met: Option<bool>) -> Figure {
        Figure {
            bench: "wire".to_owned(),
            name: name.to_owned(),
            value,
            unit: "MB/s".to_owned(),
            compared_with: ratio.map(|_| "a walk".to_owned()),
            ratio,
            target: met.map(|_| "at least 0.7".to_owned()),
            met,
        }
    }

    #[test]
    fn columns_line_up_and_missed_targets_follow() {
        let figures = [figure("parse", 1234.5, Some(0.5), Some(false)), figure("x", 2.0, None, None)];
        let text = render(&figures);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "name        value  unit  compared with  ratio");
        assert_eq!(lines[1], "wire/parse   1234  MB/s  a walk          0.50");
        assert_eq!(lines[2], "wire/x       2.00  MB/s  -                  -");
        assert_eq!(lines[4], "1 of 1 targets not met:");
        assert_eq!(lines[5], "  wire/parse: 1234 MB/s, ratio 0.50; target: at least 0.7");
    }

    #[test]
    fn met_targets_are_counted() {
        let text = render(&[figure("parse", 9.0, Some(0.9), Some(true))]);
        assert!(text.ends_with("all 1 targets met"), "{text}");
    }
}
