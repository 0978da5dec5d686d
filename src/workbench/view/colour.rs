//! Colour maps and legends.
//!
//! Continuous scales are perceptually uniform and safe for colour-blind eyes:
//! viridis and cividis (S. Smith and N. van der Walt, 2015; J. R. Nunez,
//! C. R. Anderton and R. S. Renslow, PLoS ONE 13(7), 2018), batlow and the
//! diverging vik (F. Crameri, *Scientific colour maps*, Zenodo, 2018,
//! doi:10.5281/zenodo.1243862). `NOTICE` carries the licences of the tables.

/// A colour as three sRGB-encoded bytes.
pub type Srgb = [u8; 3];

/// Control points of a map, evenly spaced from 0 to 1.
type Table = [Srgb; 52];

/// A way to turn a number between 0 and 1 into a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColourMap {
    /// Dark blue over green to yellow. Sequential.
    #[default]
    Viridis,
    /// Dark blue over grey to yellow; looks nearly alike to every kind of colour vision. Sequential.
    Cividis,
    /// Dark blue over green and ochre to pink. Sequential.
    Batlow,
    /// Blue over near-white to brown: for differences, centred on zero. Diverging.
    Vik,
}

impl ColourMap {
    /// Every map, in the order menus list them.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Batlow, Self::Vik];

    /// The maps that may carry a quantity without a meaningful middle.
    pub const SEQUENTIAL: [Self; 3] = [Self::Viridis, Self::Cividis, Self::Batlow];

    /// Name on the screen and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Batlow => "batlow",
            Self::Vik => "vik",
        }
    }

    /// The map called `name`, if there is one.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name() == name)
    }

    /// Whether the middle of the map stands for zero.
    #[must_use]
    pub const fn is_diverging(self) -> bool {
        matches!(self, Self::Vik)
    }

    const fn table(self) -> &'static Table {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Batlow => &BATLOW,
            Self::Vik => &VIK,
        }
    }

    /// The colour at `position`, which is clamped to 0..=1; a position that is
    /// not a number gives the first colour.
    #[must_use]
    pub fn sample(self, position: f64) -> Srgb {
        let table = self.table();
        let last = table.len() - 1;
        let position = if position.is_nan() {
            0.0
        } else {
            position.clamp(0.0, 1.0)
        };
        let scaled = position * last as f64;
        let lower = (scaled.floor() as usize).min(last - 1);
        let fraction = scaled - lower as f64;
        let (from, to) = (table[lower], table[lower + 1]);
        std::array::from_fn(|channel| {
            let (a, b) = (f64::from(from[channel]), f64::from(to[channel]));
            (a + (b - a) * fraction).round() as u8
        })
    }
}

/// What the colours of the scene mean: quantity, unit, range and map.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    /// Name of the quantity: `Temperature`.
    pub title: String,
    /// Symbol of the display unit: `°C`.
    pub unit: String,
    /// Value at the low end [display unit].
    pub low: f64,
    /// Value at the high end [display unit].
    pub high: f64,
    /// The map between the two.
    pub map: ColourMap,
}

impl Legend {
    /// Where a value in the display unit stands between `low` (0) and `high` (1).
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        if span > 0.0 {
            ((value - self.low) / span).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// The colour of a value in the display unit.
    #[must_use]
    pub fn colour(&self, value: f64) -> Srgb {
        self.map.sample(self.position(value))
    }

    /// Between three and six round numbers inside the range, ascending [display unit].
    #[must_use]
    pub fn ticks(&self) -> Vec<f64> {
        let step = round_step((self.high - self.low) / 4.0);
        if step.is_nan() || step <= 0.0 {
            return vec![self.low];
        }
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|count| count as f64 * step).collect()
    }
}

/// The largest of 1, 2 and 5 times a power of ten that is not above `length`.
#[must_use]
pub fn round_step(length: f64) -> f64 {
    if length <= 0.0 || !length.is_finite() {
        return 0.0;
    }
    let power = 10f64.powf(length.log10().floor());
    let mantissa = length / power;
    // The tolerance keeps 0.1 + 0.2 style residue from dropping a whole step.
    let step = if mantissa >= 5.0 - 1e-9 {
        5.0
    } else if mantissa >= 2.0 - 1e-9 {
        2.0
    } else {
        1.0
    };
    step * power
}

/// A calm range around observed values: the ends are round numbers, so that the
/// colours of the scene do not shiver while a run goes on.
///
/// `least_span` keeps a system at rest from showing its noise as a rainbow. A
/// diverging map gets a range symmetric about zero.
#[must_use]
pub fn round_range(low: f64, high: f64, least_span: f64, diverging: bool) -> (f64, f64) {
    let (low, high) = if low.is_finite() && high.is_finite() && low <= high {
        (low, high)
    } else {
        (0.0, 0.0)
    };
    if diverging {
        let reach = low.abs().max(high.abs()).max(least_span / 2.0);
        let step = round_step(reach / 2.0).max(f64::MIN_POSITIVE);
        let end = (reach / step - 1e-9).ceil() * step;
        return (-end, end);
    }
    let middle = f64::midpoint(low, high);
    let half = ((high - low) / 2.0).max(least_span / 2.0);
    let step = round_step(half / 2.0).max(f64::MIN_POSITIVE);
    let from = ((middle - half) / step + 1e-9).floor() * step;
    let to = ((middle + half) / step - 1e-9).ceil() * step;
    (from, to)
}

/// Smith and van der Walt, 2015; CC0, as distributed with Matplotlib.
static VIRIDIS: Table = [
    [68, 1, 84],
    [70, 8, 92],
    [71, 16, 99],
    [72, 23, 105],
    [72, 29, 111],
    [72, 36, 117],
    [71, 42, 122],
    [70, 48, 126],
    [69, 55, 129],
    [67, 61, 132],
    [65, 66, 135],
    [63, 72, 137],
    [61, 78, 138],
    [58, 83, 139],
    [56, 89, 140],
    [53, 94, 141],
    [51, 99, 141],
    [49, 104, 142],
    [46, 109, 142],
    [44, 113, 142],
    [42, 118, 142],
    [41, 123, 142],
    [39, 128, 142],
    [37, 132, 142],
    [35, 137, 142],
    [33, 142, 141],
    [32, 146, 140],
    [31, 151, 139],
    [30, 156, 137],
    [31, 161, 136],
    [33, 165, 133],
    [36, 170, 131],
    [40, 174, 128],
    [46, 179, 124],
    [53, 183, 121],
    [61, 188, 116],
    [70, 192, 111],
    [80, 196, 106],
    [90, 200, 100],
    [101, 203, 94],
    [112, 207, 87],
    [124, 210, 80],
    [137, 213, 72],
    [149, 216, 64],
    [162, 218, 55],
    [176, 221, 47],
    [189, 223, 38],
    [202, 225, 31],
    [216, 226, 25],
    [229, 228, 25],
    [241, 229, 29],
    [253, 231, 37],
];
/// Nunez, Anderton and Renslow, 2018; CC0, as distributed with Matplotlib.
static CIVIDIS: Table = [
    [0, 34, 78],
    [0, 38, 86],
    [0, 42, 95],
    [0, 45, 104],
    [0, 48, 112],
    [8, 51, 112],
    [22, 55, 112],
    [32, 58, 111],
    [39, 62, 110],
    [46, 65, 109],
    [52, 69, 108],
    [58, 72, 108],
    [63, 76, 108],
    [68, 79, 108],
    [73, 83, 108],
    [78, 86, 108],
    [83, 90, 109],
    [87, 93, 109],
    [92, 97, 110],
    [96, 100, 111],
    [101, 104, 112],
    [105, 107, 113],
    [109, 111, 114],
    [114, 114, 116],
    [118, 118, 118],
    [122, 122, 120],
    [126, 125, 120],
    [131, 129, 121],
    [136, 133, 120],
    [141, 136, 120],
    [146, 140, 120],
    [150, 144, 119],
    [155, 148, 118],
    [160, 152, 117],
    [165, 156, 116],
    [170, 160, 115],
    [175, 164, 113],
    [181, 168, 111],
    [186, 172, 109],
    [191, 176, 107],
    [196, 180, 104],
    [201, 185, 101],
    [207, 189, 98],
    [212, 193, 95],
    [218, 198, 91],
    [223, 202, 87],
    [229, 207, 82],
    [234, 211, 76],
    [240, 216, 70],
    [246, 221, 63],
    [252, 226, 54],
    [254, 232, 56],
];
/// Crameri, 2018; MIT.
static BATLOW: Table = [
    [1, 25, 89],
    [6, 33, 91],
    [10, 40, 92],
    [12, 47, 93],
    [14, 54, 94],
    [15, 60, 95],
    [17, 65, 96],
    [18, 70, 97],
    [19, 75, 97],
    [21, 79, 98],
    [24, 84, 98],
    [27, 88, 98],
    [30, 93, 98],
    [35, 96, 96],
    [40, 100, 95],
    [47, 103, 92],
    [53, 106, 89],
    [60, 109, 86],
    [68, 112, 82],
    [76, 114, 77],
    [83, 117, 73],
    [91, 119, 69],
    [99, 122, 64],
    [108, 124, 60],
    [116, 126, 56],
    [125, 129, 52],
    [134, 131, 48],
    [143, 134, 45],
    [153, 136, 44],
    [163, 138, 44],
    [173, 140, 45],
    [183, 142, 49],
    [192, 144, 54],
    [202, 146, 60],
    [210, 147, 67],
    [219, 149, 75],
    [227, 151, 84],
    [234, 153, 94],
    [240, 156, 105],
    [245, 159, 116],
    [249, 163, 128],
    [251, 166, 140],
    [253, 170, 151],
    [253, 174, 162],
    [253, 178, 173],
    [253, 181, 184],
    [253, 185, 194],
    [253, 188, 205],
    [252, 192, 216],
    [252, 196, 227],
    [251, 200, 239],
    [250, 204, 250],
];
/// Crameri, 2018; MIT. Diverging, with its light middle at one half.
static VIK: Table = [
    [0, 18, 97],
    [1, 26, 102],
    [2, 34, 107],
    [2, 42, 112],
    [2, 49, 117],
    [2, 57, 122],
    [3, 65, 127],
    [3, 73, 132],
    [5, 81, 137],
    [8, 89, 143],
    [16, 98, 148],
    [25, 107, 154],
    [37, 117, 161],
    [51, 127, 168],
    [66, 137, 175],
    [81, 148, 182],
    [97, 158, 189],
    [113, 168, 196],
    [128, 178, 202],
    [144, 188, 209],
    [160, 197, 216],
    [176, 207, 222],
    [192, 216, 228],
    [207, 224, 232],
    [222, 230, 233],
    [232, 231, 229],
    [238, 227, 220],
    [238, 219, 208],
    [236, 209, 195],
    [232, 200, 181],
    [228, 190, 168],
    [223, 180, 154],
    [219, 170, 141],
    [215, 160, 129],
    [211, 151, 116],
    [207, 142, 104],
    [204, 133, 93],
    [200, 124, 81],
    [196, 116, 69],
    [192, 107, 58],
    [188, 98, 47],
    [182, 88, 36],
    [175, 76, 24],
    [165, 64, 15],
    [154, 53, 8],
    [143, 43, 6],
    [133, 34, 6],
    [124, 27, 6],
    [115, 20, 6],
    [106, 13, 7],
    [98, 6, 7],
    [89, 0, 8],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE L* of an sRGB colour (CIE 15:2004 with the sRGB primaries of IEC 61966-2-1).
    fn lightness(colour: Srgb) -> f64 {
        let linear = colour.map(|byte| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        if luminance > 216.0 / 24389.0 {
            116.0 * luminance.cbrt() - 16.0
        } else {
            luminance * 24389.0 / 27.0
        }
    }

    #[test]
    fn sequential_maps_grow_lighter_all_the_way() {
        for map in ColourMap::SEQUENTIAL {
            let values: Vec<f64> = (0..=100)
                .map(|i| lightness(map.sample(f64::from(i) / 100.0)))
                .collect();
            for pair in values.windows(2) {
                // Half a unit of L* is below what rounding to bytes can do.
                assert!(pair[1] > pair[0] - 0.5, "{} darkens: {pair:?}", map.name());
            }
            assert!(
                values[100] - values[0] > 60.0,
                "{} has too little contrast",
                map.name()
            );
        }
    }

    #[test]
    fn the_diverging_map_is_lightest_in_the_middle_and_falls_to_both_sides() {
        let value = |i: i32| lightness(ColourMap::Vik.sample(f64::from(i) / 100.0));
        assert!(value(50) > 88.0);
        for i in 0..45 {
            assert!(value(i) < value(i + 5), "left side at {i}");
            assert!(value(100 - i) < value(95 - i), "right side at {i}");
        }
    }

    #[test]
    fn positions_outside_and_not_a_number_are_harmless() {
        for map in ColourMap::ALL {
            assert_eq!(map.sample(-3.0), map.sample(0.0));
            assert_eq!(map.sample(7.0), map.sample(1.0));
            assert_eq!(map.sample(f64::NAN), map.sample(0.0));
            assert_eq!(ColourMap::by_name(map.name()), Some(map));
        }
    }

    #[test]
    fn ranges_are_round_and_hold_their_values() {
        assert_eq!(round_range(23.0, 47.3, 5.0, false), (20.0, 50.0));
        let (low, high) = round_range(23.0, 23.0, 5.0, false);
        assert!(low <= 20.5 && high >= 25.5 && high - low <= 7.0);
        let (low, high) = round_range(-0.3, 1.2, 0.1, true);
        assert_eq!(low, -high);
        assert!(high >= 1.2);
        let (low, high) = round_range(f64::NAN, f64::INFINITY, 1.0, false);
        assert!(low < high && low.is_finite());
    }

    #[test]
    fn ticks_are_few_round_and_inside() {
        let legend = Legend {
            title: "Temperature".into(),
            unit: "°C".into(),
            low: 20.0,
            high: 60.0,
            map: ColourMap::Batlow,
        };
        assert_eq!(legend.ticks(), vec![20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(legend.colour(20.0), ColourMap::Batlow.sample(0.0));
        assert_eq!(legend.position(40.0), 0.5);
    }
}
