//! The table at the end.

/// What a measured ratio should be.
#[derive(Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// A share of 1, to be reached to a tenth of a percent.
    All,
}

/// What a figure counts.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Transactions a second.
    Tps,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Kilobytes.
    Kb,
}

/// One line of the table.
pub struct Row {
    pub name: String,
    pub measured: f64,
    pub goal: Goal,
    pub ours: String,
    pub theirs: String,
    pub against: &'static str,
    /// The lowest and the highest ratio of two neighbouring runs.
    pub pairs: Option<(f64, f64)>,
}

impl Unit {
    pub fn show(self, figure: f64) -> String {
        match self {
            Unit::Tps => format!("{} tps", grouped(figure)),
            Unit::Ms => format!("{} ms", grouped(figure)),
            Unit::Us => format!("{figure:.1} us"),
            Unit::Kb => format!("{figure:.2} KB"),
        }
    }
}

impl Goal {
    fn show(self) -> String {
        match self {
            Goal::AtLeast(goal) => format!(">= {goal}"),
            Goal::AtMost(goal) => format!("<= {goal}"),
            Goal::All => "100 %".to_owned(),
        }
    }

    fn is_met(self, measured: f64) -> bool {
        match self {
            Goal::AtLeast(goal) => measured >= goal,
            Goal::AtMost(goal) => measured <= goal,
            Goal::All => measured >= 0.9995,
        }
    }

    fn show_measured(self, measured: f64) -> String {
        match self {
            Goal::AtLeast(_) | Goal::AtMost(_) => format!("{measured:.3}"),
            Goal::All => format!("{:.1} %", measured * 100.0),
        }
    }
}

/// The rows under their headings, in columns as wide as they need.
pub fn table(rows: &[Row]) -> String {
    let mut lines =
        vec![["measurement", "ratio", "goal", "", "pg_campaign", "compared with", "", "pairs"].map(str::to_owned)];
    lines.extend(rows.iter().map(|row| {
        [
            row.name.clone(),
            row.goal.show_measured(row.measured),
            row.goal.show(),
            if row.goal.is_met(row.measured) { "met" } else { "missed" }.to_owned(),
            row.ours.clone(),
            row.theirs.clone(),
            row.against.to_owned(),
            row.pairs.map_or(String::new(), |(lowest, highest)| format!("{lowest:.2} - {highest:.2}")),
        ]
    }));
    let widths: [usize; 8] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].len()).max().unwrap_or(0));
    let numbers = [false, true, false, false, true, true, false, false];
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells: Vec<String> = (0..8)
            .map(|column| {
                let (cell, width) = (&line[column], widths[column]);
                if numbers[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if number == 0 {
            text.push_str(&"-".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)));
            text.push('\n');
        }
    }
    text
}

/// A number without decimals, its thousands parted by commas.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
