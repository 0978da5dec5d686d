//! The two controllers: a thermostat with hysteresis and a PID controller.
//!
//! Both are sampled: once per base timestep they look at a reading and decide
//! what the heater does until the next one.

/// Decides whether a thermostat is on.
///
/// It switches on at `set_point - hysteresis/2` and below, off at
/// `set_point + hysteresis/2` and above, and stays as it is between. All in K.
pub(crate) fn thermostat(on: bool, reading: f64, set_point: f64, hysteresis: f64) -> bool {
    if reading <= set_point - 0.5 * hysteresis {
        true
    } else if reading >= set_point + 0.5 * hysteresis {
        false
    } else {
        on
    }
}

/// Settings of a PID controller in the standard (ISA) form, in SI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PidSettings {
    /// Output fraction per kelvin of error.
    pub(crate) gain: f64,
    /// Time in which the integral part repeats the proportional part, in s; zero
    /// means no integral part.
    pub(crate) integral_time: f64,
    /// Time by which the derivative part looks ahead, in s; zero means none.
    pub(crate) derivative_time: f64,
    /// Lowest output.
    pub(crate) low: f64,
    /// Highest output.
    pub(crate) high: f64,
}

/// What a PID controller remembers from step to step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PidMemory {
    /// Integral part of the output.
    pub(crate) integral: f64,
    /// Derivative part of the output.
    pub(crate) derivative: f64,
    /// The reading before, in K.
    pub(crate) reading: f64,
}

/// The derivative part is filtered with this fraction of the derivative time
/// (Åström and Hägglund, "Advanced PID Control", recommend 1/2 to 1/20).
const DERIVATIVE_FILTER: f64 = 0.1;

impl PidSettings {
    /// One sample: the output for the coming step of `step` seconds.
    ///
    /// The derivative acts on the reading only, so that a change of set-point
    /// gives no kick, through a first-order filter. The integral part stops while
    /// the output is at a limit and the error pushes it further (conditional
    /// integration), so it does not wind up.
    pub(crate) fn sample(
        &self,
        memory: &mut PidMemory,
        reading: f64,
        set_point: f64,
        step: f64,
    ) -> f64 {
        let error = set_point - reading;
        memory.derivative = if self.derivative_time > 0.0 {
            let filter = DERIVATIVE_FILTER * self.derivative_time;
            let change = reading - memory.reading;
            (filter * memory.derivative - self.gain * self.derivative_time * change)
                / (filter + step)
        } else {
            0.0
        };
        memory.reading = reading;
        let wanted = self.gain * error + memory.integral + memory.derivative;
        let output = self.limit(wanted);
        if self.integral_time > 0.0 {
            let growth = self.gain * step / self.integral_time * error;
            let pushes_further =
                (wanted > self.high && growth > 0.0) || (wanted < self.low && growth < 0.0);
            if !pushes_further {
                memory.integral += growth;
            }
        } else {
            memory.integral = 0.0;
        }
        output
    }

    /// Follows a manual output, so that switching to automatic starts from it.
    pub(crate) fn track(&self, memory: &mut PidMemory, reading: f64, set_point: f64, manual: f64) {
        memory.derivative = 0.0;
        memory.reading = reading;
        memory.integral = if self.integral_time > 0.0 {
            manual - self.gain * (set_point - reading)
        } else {
            0.0
        };
    }

    /// `output` inside the limits; the high one wins where they cross.
    pub(crate) fn limit(&self, output: f64) -> f64 {
        output.max(self.low).min(self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: PidSettings = PidSettings {
        gain: 0.1,
        integral_time: 50.0,
        derivative_time: 0.0,
        low: 0.0,
        high: 1.0,
    };

    #[test]
    fn thermostat_keeps_its_state_inside_the_band() {
        assert!(thermostat(false, 298.9, 300.0, 2.0));
        assert!(!thermostat(false, 299.5, 300.0, 2.0));
        assert!(thermostat(true, 300.5, 300.0, 2.0));
        assert!(!thermostat(true, 301.0, 300.0, 2.0));
    }

    #[test]
    fn a_constant_error_integrates_by_its_gain_once_per_integral_time() {
        let mut memory = PidMemory::default();
        for _ in 0..50 {
            SETTINGS.sample(&mut memory, 299.0, 300.0, 1.0);
        }
        assert!((memory.integral - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_long_time_at_the_limit_does_not_wind_up() {
        let mut memory = PidMemory::default();
        for _ in 0..100_000 {
            let output = SETTINGS.sample(&mut memory, 280.0, 300.0, 1.0);
            assert_eq!(output, 1.0);
        }
        // At the set-point the output is what the integral held: nothing was
        // added while the proportional part alone was at the limit.
        assert_eq!(SETTINGS.sample(&mut memory, 300.0, 300.0, 1.0), 0.0);
        // And the other way.
        for _ in 0..100_000 {
            SETTINGS.sample(&mut memory, 320.0, 300.0, 1.0);
        }
        assert_eq!(SETTINGS.sample(&mut memory, 299.0, 300.0, 1.0), 0.1);
    }

    #[test]
    fn derivative_part_of_a_steady_ramp_is_gain_times_derivative_time_times_rate() {
        let settings = PidSettings {
            derivative_time: 20.0,
            low: -10.0,
            ..SETTINGS
        };
        let mut memory = PidMemory {
            reading: 300.0,
            ..PidMemory::default()
        };
        for second in 1..=200 {
            settings.sample(&mut memory, 300.0 + 0.05 * f64::from(second), 300.0, 1.0);
        }
        assert!((memory.derivative + 0.1 * 20.0 * 0.05).abs() < 1e-12);
    }

    #[test]
    fn switching_to_automatic_starts_from_the_manual_output() {
        let mut memory = PidMemory::default();
        SETTINGS.track(&mut memory, 297.0, 300.0, 0.62);
        let output = SETTINGS.sample(&mut memory, 297.0, 300.0, 1.0);
        assert!((output - 0.62).abs() < 1e-12);
    }
}
