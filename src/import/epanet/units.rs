//! The units of an EPANET file.
//!
//! The unit of flow decides over all others: a US one brings feet, inches,
//! horsepower and psi along, a metric one metres, millimetres, kilowatts and
//! metres of pressure. Values go into a document in the unit of the file, with
//! its exact meaning. EPANET's own factors are rounded (28.317 L/s to the cubic
//! foot a second); they are a matter of who computes with the document.

use crate::quantity::Unit;

/// A unit of flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowUnit {
    /// Cubic feet per second.
    Cfs,
    /// US gallons per minute.
    Gpm,
    /// Million US gallons per day.
    Mgd,
    /// Million imperial gallons per day.
    Imgd,
    /// Acre-feet per day.
    Afd,
    /// Litres per second.
    Lps,
    /// Litres per minute.
    Lpm,
    /// Megalitres per day.
    Mld,
    /// Cubic metres per hour.
    Cmh,
    /// Cubic metres per day.
    Cmd,
    /// Cubic metres per second.
    Cms,
}

impl FlowUnit {
    /// Every unit.
    pub const ALL: [Self; 11] = [
        Self::Cfs,
        Self::Gpm,
        Self::Mgd,
        Self::Imgd,
        Self::Afd,
        Self::Lps,
        Self::Lpm,
        Self::Mld,
        Self::Cmh,
        Self::Cmd,
        Self::Cms,
    ];

    /// EPANET's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cfs => "CFS",
            Self::Gpm => "GPM",
            Self::Mgd => "MGD",
            Self::Imgd => "IMGD",
            Self::Afd => "AFD",
            Self::Lps => "LPS",
            Self::Lpm => "LPM",
            Self::Mld => "MLD",
            Self::Cmh => "CMH",
            Self::Cmd => "CMD",
            Self::Cms => "CMS",
        }
    }

    /// Its UCUM code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cfs => "[cft_i]/s",
            Self::Gpm => "[gal_us]/min",
            Self::Mgd => "10*6.[gal_us]/d",
            Self::Imgd => "10*6.[gal_br]/d",
            Self::Afd => "[acr_us].[ft_us]/d",
            Self::Lps => "L/s",
            Self::Lpm => "L/min",
            Self::Mld => "ML/d",
            Self::Cmh => "m3/h",
            Self::Cmd => "m3/d",
            Self::Cms => "m3/s",
        }
    }

    /// Whether it brings metric units along.
    #[must_use]
    pub const fn is_metric(self) -> bool {
        matches!(
            self,
            Self::Lps | Self::Lpm | Self::Mld | Self::Cmh | Self::Cmd | Self::Cms
        )
    }
}

/// A unit of pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressureUnit {
    /// Pounds per square inch.
    Psi,
    /// Kilopascal.
    Kpa,
    /// Metres of the fluid.
    Meters,
    /// Bar.
    Bar,
    /// Feet of the fluid.
    Feet,
}

impl PressureUnit {
    /// Every unit with EPANET's word for it.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Psi, "PSI"),
        (Self::Kpa, "KPA"),
        (Self::Meters, "METERS"),
        (Self::Bar, "BAR"),
        (Self::Feet, "FEET"),
    ];

    /// What this many units are as a column of the fluid, in its [`code`](Self::column_code):
    /// the units in one foot of it, as EPANET has them, for those that are no column already.
    fn per_foot(self, specific_gravity: f64) -> Option<f64> {
        /// Pounds per square inch of a foot of water.
        const PSI_PER_FOOT: f64 = 0.4333;
        const KPA_PER_PSI: f64 = 6.895;
        const BAR_PER_PSI: f64 = 0.068_948;
        let factor = match self {
            Self::Psi => PSI_PER_FOOT,
            Self::Kpa => KPA_PER_PSI * PSI_PER_FOOT,
            Self::Bar => BAR_PER_PSI * PSI_PER_FOOT,
            Self::Meters | Self::Feet => return None,
        };
        Some(factor * specific_gravity)
    }

    /// UCUM code of the column that a pressure is written as in a document.
    #[must_use]
    pub const fn column_code(self) -> &'static str {
        match self {
            Self::Meters => "m",
            _ => "[ft_i]",
        }
    }

    /// A pressure as the height of a column, in [`column_code`](Self::column_code).
    #[must_use]
    pub fn to_column(self, pressure: f64, specific_gravity: f64) -> f64 {
        match self.per_foot(specific_gravity) {
            Some(factor) => rounded(pressure / factor),
            None => pressure,
        }
    }

    /// The pressure of a column in metres.
    #[must_use]
    pub fn of_column(self, metres: f64, specific_gravity: f64) -> f64 {
        let feet = metres / METRES_PER_FOOT;
        match (self.per_foot(specific_gravity), self) {
            (Some(factor), _) => feet * factor,
            (None, Self::Meters) => metres,
            (None, _) => feet,
        }
    }

    /// An emitter coefficient of the file, which is the flow at one psi or at one metre, as
    /// the flow at one metre.
    pub(super) fn emitter_at_one_metre(
        coefficient: f64,
        is_metric: bool,
        specific_gravity: f64,
        exponent: f64,
    ) -> f64 {
        if is_metric {
            return coefficient;
        }
        rounded(coefficient * Self::psi_in_a_metre(specific_gravity).powf(exponent))
    }

    /// The inverse of [`emitter_at_one_metre`](Self::emitter_at_one_metre).
    pub(super) fn emitter_in_file(
        at_one_metre: f64,
        is_metric: bool,
        specific_gravity: f64,
        exponent: f64,
    ) -> f64 {
        if is_metric {
            return at_one_metre;
        }
        at_one_metre / Self::psi_in_a_metre(specific_gravity).powf(exponent)
    }

    fn psi_in_a_metre(specific_gravity: f64) -> f64 {
        Self::Psi.of_column(1.0, specific_gravity)
    }
}

/// Metres in a foot; exact.
pub(super) const METRES_PER_FOOT: f64 = 0.3048;

/// A converted number as people would write it: twelve significant digits, so that a
/// conversion and back gives the number that was there.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// The units that go with a unit of flow.
#[derive(Clone, Debug)]
pub(super) struct Units {
    pub flow: Unit,
    /// Lengths, heads, levels, elevations, diameters of tanks.
    pub length: Unit,
    /// Diameters of pipes.
    pub diameter: Unit,
    pub volume: Unit,
    pub power: Unit,
    /// Heights of roughness, and what one of the file's is in it.
    pub roughness: (Unit, f64),
    pub leak_area: Unit,
    pub leak_expansion: Unit,
    /// Wall coefficients of order 1.
    pub wall: Unit,
    /// Wall rates of order 0, per microgram or milligram.
    pub wall_rate: Unit,
    pub one: Unit,
    pub percent: Unit,
    pub per_day: Unit,
    pub concentration: Unit,
    pub mass_rate: Unit,
    pub hour: Unit,
    pub minute: Unit,
    pub second: Unit,
    pub per_energy: Unit,
    pub per_power: Unit,
    pub viscosity: Unit,
}

impl Units {
    /// The units of a file with this unit of flow, and with concentrations in µg/L or mg/L.
    pub fn new(flow: FlowUnit, micrograms: bool) -> Self {
        let pick = |metric, us| Unit::known(if flow.is_metric() { metric } else { us });
        let mass = |micro, milli| Unit::known(if micrograms { micro } else { milli });
        Self {
            flow: Unit::known(flow.code()),
            length: pick("m", "[ft_i]"),
            diameter: pick("mm", "[in_i]"),
            volume: pick("m3", "[cft_i]"),
            power: pick("kW", "[HP]"),
            roughness: if flow.is_metric() {
                (Unit::known("mm"), 1.0)
            } else {
                (Unit::known("[ft_i]"), 1e-3)
            },
            leak_area: pick("mm2/hm", "mm2/(100.[ft_i])"),
            leak_expansion: pick("mm2/(m.hm)", "mm2/([ft_i].100.[ft_i])"),
            wall: pick("m/d", "[ft_i]/d"),
            wall_rate: match (flow.is_metric(), micrograms) {
                (true, false) => Unit::known("mg/(m2.d)"),
                (true, true) => Unit::known("ug/(m2.d)"),
                (false, false) => Unit::known("mg/([sft_i].d)"),
                (false, true) => Unit::known("ug/([sft_i].d)"),
            },
            one: Unit::dimensionless(),
            percent: Unit::known("%"),
            per_day: Unit::known("1/d"),
            concentration: mass("ug/L", "mg/L"),
            mass_rate: mass("ug/min", "mg/min"),
            hour: Unit::known("h"),
            minute: Unit::known("min"),
            second: Unit::known("s"),
            per_energy: Unit::known("1/(kW.h)"),
            per_power: Unit::known("1/kW"),
            viscosity: Unit::known("[sft_i]/s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_flow_is_a_flow() {
        let flow = Unit::known("m3/s");
        for unit in FlowUnit::ALL {
            let units = Units::new(unit, false);
            assert!(units.flow.is_commensurable(&flow), "{}", unit.word());
            // EPANET's own cubic foot a second is at most 2e-4 off the true one.
            let _ = Units::new(unit, true);
        }
    }

    #[test]
    fn a_pressure_becomes_a_column_and_goes_back() {
        for (unit, word) in PressureUnit::ALL {
            for gravity in [1.0, 0.85] {
                let column = unit.to_column(42.5, gravity);
                let metres = Unit::known(unit.column_code()).to_si(column);
                let back = unit.of_column(metres, gravity);
                assert!((back - 42.5).abs() < 1e-9, "{word}: {back}");
            }
        }
        // 10.33 m of water are one atmosphere, 101.325 kPa, to EPANET's rounding.
        let metres = 0.3048 * PressureUnit::Kpa.to_column(101.325, 1.0);
        assert!((metres - 10.33).abs() < 0.02, "{metres}");
    }

    #[test]
    fn an_emitter_gives_the_same_flow_in_both_units() {
        // 5 gpm at 1 psi: at 20 psi 5·√20.
        let at_one_metre = PressureUnit::emitter_at_one_metre(5.0, false, 1.0, 0.5);
        let metres = 0.3048 * PressureUnit::Psi.to_column(20.0, 1.0);
        assert!((at_one_metre * metres.sqrt() - 5.0 * 20.0_f64.sqrt()).abs() < 1e-9);
        let back = PressureUnit::emitter_in_file(at_one_metre, false, 1.0, 0.5);
        assert!((back - 5.0).abs() < 1e-10);
    }
}
