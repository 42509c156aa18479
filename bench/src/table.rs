//! The printed table: a figure, what it is compared with, and its budget.

use std::fmt::Display;

pub enum Bound {
    Most(f64),
    Least(f64),
    None,
}

pub fn heading(title: &str) {
    println!("\n{title}");
    println!("  {:<46} {:>12} {:>20} {:>7}   budget", "", "dcord", "beside", "");
}

/// Prints a figure that has a budget of its own.
pub fn figure(what: impl Display, value: f64, unit: &str, bound: &Bound) {
    println!("  {what:<46} {:>12} {:>20} {:>7}   {}", amount(value, unit), "", "", verdict(value, unit, bound));
}

/// Prints a figure next to that of a peer. The budget limits the ratio.
pub fn beside(what: impl Display, value: f64, unit: &str, peer: &str, peers: f64, bound: &Bound) {
    let ratio = value / peers;
    let beside = format!("{peer} {}", amount(peers, unit));
    println!("  {what:<46} {:>12} {beside:>20} {ratio:>7.2}   {}", amount(value, unit), verdict(ratio, "", bound));
}

/// Prints what cannot be measured on this machine, and why.
pub fn skipped(what: impl Display, why: impl Display) {
    println!("  {what:<46} skipped: {why}");
}

fn amount(value: f64, unit: &str) -> String {
    format!("{value:.*} {unit}", if value < 10.0 { 2 } else { 1 }).trim_end().to_owned()
}

fn verdict(value: f64, unit: &str, bound: &Bound) -> String {
    let (sign, bound, kept) = match *bound {
        Bound::Most(most) => ("≤", most, value <= most),
        Bound::Least(least) => ("≥", least, value >= least),
        Bound::None => return "–".to_owned(),
    };
    let limit = format!("{sign} {bound} {unit}");
    format!("{:<9} {}", limit.trim_end(), if kept { "" } else { "OVER" }).trim_end().to_owned()
}

/// The median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A percentile: this part of all figures is below it.
pub fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * part) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
