//! What kind of thing a unit measures.

use std::fmt;

/// The physical dimension of a unit: the exponents of the seven SI base dimensions and of
/// plane angle.
///
/// Plane angle is kept as an eighth base, as UCUM does: in the SI an angle is a plain
/// number, and `rad/s` could then be taken for `Hz`, which is wrong by 2π.
/// Amount of substance is a base as in the SI; UCUM makes a mole a plain number, and
/// `kJ/mol` could then be taken for `kJ`.
///
/// Displays in words: `temperature`, `heat capacity (energy per temperature)`, and for a
/// dimension without a name its composition, `length²·time⁻³`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Dimension {
    /// Exponent of length (m).
    pub length: i8,
    /// Exponent of mass (kg).
    pub mass: i8,
    /// Exponent of time (s).
    pub time: i8,
    /// Exponent of electric current (A).
    pub current: i8,
    /// Exponent of thermodynamic temperature (K).
    pub temperature: i8,
    /// Exponent of amount of substance (mol).
    pub amount: i8,
    /// Exponent of luminous intensity (cd).
    pub luminosity: i8,
    /// Exponent of plane angle (rad).
    pub angle: i8,
}

impl Dimension {
    /// The dimension of a plain number.
    pub const NONE: Dimension = Dimension {
        length: 0,
        mass: 0,
        time: 0,
        current: 0,
        temperature: 0,
        amount: 0,
        luminosity: 0,
        angle: 0,
    };

    /// Whether every exponent is zero.
    pub fn is_dimensionless(&self) -> bool {
        *self == Self::NONE
    }

    /// The name of this dimension where it has a usual one (`power`), otherwise `None`.
    ///
    /// Where one dimension has several readings (J/K is a heat capacity or an entropy) the
    /// one most used for plants is given.
    pub fn name(&self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(exponents, _)| *exponents == self.exponents())
            .map(|(_, name)| *name)
    }

    /// The code of the coherent SI unit of this dimension, in UCUM: `W`, `J/K`, `m.s-1`.
    ///
    /// Values inside the program are in this unit.
    pub fn si_code(&self) -> String {
        if let Some((_, code)) = SI_CODES
            .iter()
            .find(|(exponents, _)| *exponents == self.exponents())
        {
            return (*code).to_owned();
        }
        let parts: Vec<String> = ["m", "kg", "s", "A", "K", "mol", "cd", "rad"]
            .iter()
            .zip(self.exponents())
            .filter(|(_, exponent)| *exponent != 0)
            .map(|(code, exponent)| match exponent {
                1 => (*code).to_owned(),
                other => format!("{code}{other}"),
            })
            .collect();
        if parts.is_empty() {
            "1".to_owned()
        } else {
            parts.join(".")
        }
    }

    /// The exponents in the order length, mass, time, current, temperature, amount,
    /// luminosity, angle.
    pub fn exponents(&self) -> [i8; 8] {
        [
            self.length,
            self.mass,
            self.time,
            self.current,
            self.temperature,
            self.amount,
            self.luminosity,
            self.angle,
        ]
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.write_str(name);
        }
        const BASES: [&str; 8] = [
            "length",
            "mass",
            "time",
            "electric current",
            "temperature",
            "amount of substance",
            "luminous intensity",
            "angle",
        ];
        let mut first = true;
        for (base, exponent) in BASES.iter().zip(self.exponents()) {
            if exponent == 0 {
                continue;
            }
            if !first {
                f.write_str("·")?;
            }
            first = false;
            f.write_str(base)?;
            if exponent != 1 {
                f.write_str(&superscript(i32::from(exponent)))?;
            }
        }
        Ok(())
    }
}

/// `n` in superscript digits: `⁻³`.
pub(super) fn superscript(n: i32) -> String {
    n.to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            _ => '⁹',
        })
        .collect()
}

/// Exponents (length, mass, time, current, temperature, amount, luminosity, angle) and the
/// words for them.
pub(super) const NAMES: &[([i8; 8], &str)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], "dimensionless number"),
    ([1, 0, 0, 0, 0, 0, 0, 0], "length"),
    ([2, 0, 0, 0, 0, 0, 0, 0], "area"),
    ([3, 0, 0, 0, 0, 0, 0, 0], "volume"),
    ([0, 1, 0, 0, 0, 0, 0, 0], "mass"),
    ([0, 0, 1, 0, 0, 0, 0, 0], "time"),
    ([0, 0, 0, 1, 0, 0, 0, 0], "electric current"),
    ([0, 0, 0, 0, 1, 0, 0, 0], "temperature"),
    ([0, 0, 0, 0, 0, 1, 0, 0], "amount of substance"),
    ([0, 0, 0, 0, 0, 0, 1, 0], "luminous intensity"),
    ([0, 0, 0, 0, 0, 0, 0, 1], "angle"),
    ([0, 0, -1, 0, 0, 0, 0, 0], "frequency"),
    ([0, 0, -1, 0, 0, 0, 0, 1], "angular velocity"),
    ([1, 0, -1, 0, 0, 0, 0, 0], "velocity"),
    ([1, 0, -2, 0, 0, 0, 0, 0], "acceleration"),
    ([1, 1, -2, 0, 0, 0, 0, 0], "force"),
    ([-1, 1, -2, 0, 0, 0, 0, 0], "pressure"),
    ([2, 1, -2, 0, 0, 0, 0, 0], "energy"),
    ([2, 1, -3, 0, 0, 0, 0, 0], "power"),
    ([3, 0, -1, 0, 0, 0, 0, 0], "volume flow"),
    ([0, 1, -1, 0, 0, 0, 0, 0], "mass flow"),
    ([0, 0, -1, 0, 0, 1, 0, 0], "molar flow"),
    ([-3, 1, 0, 0, 0, 0, 0, 0], "density"),
    ([-3, 0, 0, 0, 0, 1, 0, 0], "amount concentration"),
    (
        [2, 1, -2, 0, -1, 0, 0, 0],
        "heat capacity (energy per temperature)",
    ),
    (
        [2, 0, -2, 0, -1, 0, 0, 0],
        "specific heat capacity (energy per mass and temperature)",
    ),
    (
        [2, 1, -2, 0, -1, -1, 0, 0],
        "molar heat capacity (energy per amount and temperature)",
    ),
    (
        [2, 1, -3, 0, -1, 0, 0, 0],
        "thermal conductance (power per temperature)",
    ),
    (
        [-2, -1, 3, 0, 1, 0, 0, 0],
        "thermal resistance (temperature per power)",
    ),
    (
        [1, 1, -3, 0, -1, 0, 0, 0],
        "thermal conductivity (power per length and temperature)",
    ),
    ([0, 1, -3, 0, 0, 0, 0, 0], "heat flux (power per area)"),
    (
        [0, 1, -3, 0, -1, 0, 0, 0],
        "heat transfer coefficient (power per area and temperature)",
    ),
    (
        [0, 1, -3, 0, -4, 0, 0, 0],
        "radiation coefficient (power per area and temperature⁴)",
    ),
    (
        [2, 1, -3, 0, -4, 0, 0, 0],
        "radiative conductance (power per temperature⁴)",
    ),
    (
        [0, 0, -1, 0, 1, 0, 0, 0],
        "temperature rate (temperature per time)",
    ),
    ([0, 0, 0, 0, -1, 0, 0, 0], "per temperature"),
    (
        [2, 0, -2, 0, 0, 0, 0, 0],
        "specific energy (energy per mass)",
    ),
    (
        [2, 1, -2, 0, 0, -1, 0, 0],
        "molar energy (energy per amount)",
    ),
    ([-1, 1, -1, 0, 0, 0, 0, 0], "dynamic viscosity"),
    ([2, 0, -1, 0, 0, 0, 0, 0], "diffusivity (area per time)"),
    ([0, 0, 1, 1, 0, 0, 0, 0], "electric charge"),
    ([2, 1, -3, -1, 0, 0, 0, 0], "electric potential"),
    ([2, 1, -3, -2, 0, 0, 0, 0], "electric resistance"),
    ([-2, -1, 3, 2, 0, 0, 0, 0], "electric conductance"),
    ([-2, -1, 4, 2, 0, 0, 0, 0], "capacitance"),
    ([2, 1, -2, -2, 0, 0, 0, 0], "inductance"),
    ([-3, -1, 3, 2, 0, 0, 0, 0], "electric conductivity"),
    ([2, 1, 0, 0, 0, 0, 0, 0], "moment of inertia"),
    ([0, 1, -2, 0, 0, 0, 0, 0], "stiffness (force per length)"),
    ([-2, 0, 0, 0, 0, 0, 1, 2], "illuminance"),
];

/// Coherent SI units that have a name or a customary form.
const SI_CODES: &[([i8; 8], &str)] = &[
    ([1, 1, -2, 0, 0, 0, 0, 0], "N"),
    ([-1, 1, -2, 0, 0, 0, 0, 0], "Pa"),
    ([2, 1, -2, 0, 0, 0, 0, 0], "J"),
    ([2, 1, -3, 0, 0, 0, 0, 0], "W"),
    ([2, 1, -2, 0, -1, 0, 0, 0], "J/K"),
    ([2, 0, -2, 0, -1, 0, 0, 0], "J/(kg.K)"),
    ([2, 1, -3, 0, -1, 0, 0, 0], "W/K"),
    ([-2, -1, 3, 0, 1, 0, 0, 0], "K/W"),
    ([1, 1, -3, 0, -1, 0, 0, 0], "W/(m.K)"),
    ([0, 1, -3, 0, 0, 0, 0, 0], "W/m2"),
    ([0, 1, -3, 0, -1, 0, 0, 0], "W/(m2.K)"),
    ([0, 1, -3, 0, -4, 0, 0, 0], "W/(m2.K4)"),
    ([2, 1, -3, 0, -4, 0, 0, 0], "W/K4"),
    ([0, 0, -1, 0, 1, 0, 0, 0], "K/s"),
    ([-1, 1, -1, 0, 0, 0, 0, 0], "Pa.s"),
    ([0, 0, 1, 1, 0, 0, 0, 0], "C"),
    ([2, 1, -3, -1, 0, 0, 0, 0], "V"),
    ([2, 1, -3, -2, 0, 0, 0, 0], "Ohm"),
    ([-2, -1, 3, 2, 0, 0, 0, 0], "S"),
    ([-2, -1, 4, 2, 0, 0, 0, 0], "F"),
    ([2, 1, -2, -2, 0, 0, 0, 0], "H"),
    ([1, 0, -1, 0, 0, 0, 0, 0], "m/s"),
    ([1, 0, -2, 0, 0, 0, 0, 0], "m/s2"),
    ([3, 0, -1, 0, 0, 0, 0, 0], "m3/s"),
    ([0, 1, -1, 0, 0, 0, 0, 0], "kg/s"),
    ([-3, 1, 0, 0, 0, 0, 0, 0], "kg/m3"),
    ([0, 0, -1, 0, 0, 0, 0, 1], "rad/s"),
    ([0, 0, -1, 0, 0, 0, 0, 0], "Hz"),
];
