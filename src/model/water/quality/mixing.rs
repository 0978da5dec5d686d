//! How the water in a tank mixes (Rossman and Grayman 1999; EPANET 2.3).

use super::definition::Mixing;
use super::parcels::{Load, Parcel, Parcels, are_alike};

/// What flows through a tank in a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Through {
    /// What flows in.
    pub(super) inflow: Load,
    /// Inflow less outflow, m³.
    pub(super) net: f64,
    /// Whether it is full and what does not flow out spills.
    pub(super) spills: bool,
}

/// A tank as its water mixes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vessel {
    /// Its chain of parcels.
    pub(super) chain: usize,
    pub(super) mixing: Mixing,
    /// Volume when full, m³.
    pub(super) most: f64,
    /// As for the parcels of pipes.
    pub(super) tolerance: f64,
}

/// What a step made of a tank.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixed {
    /// Quality of what leaves.
    pub(super) quality: f64,
    /// Mass that went over the rim.
    pub(super) spilled: f64,
}

impl Vessel {
    /// Fills the tank at the start of a run.
    pub(super) fn fill(&self, parcels: &mut Parcels, volume: f64, quality: f64) {
        if let Mixing::TwoCompartments(share) = self.mixing {
            // The outer compartment leads, that of the flow trails.
            let outer = (volume - share * self.most).max(0.0);
            let parcel = |volume| Parcel { volume, quality };
            parcels.push(self.chain, parcel(outer));
            parcels.push(self.chain, parcel(volume - outer));
        } else {
            parcels.push(self.chain, Parcel { volume, quality });
        }
    }

    /// Mixes a step's flow in.
    pub(super) fn mix(&self, parcels: &mut Parcels, through: Through) -> Mixed {
        match self.mixing {
            Mixing::Complete => self.complete(parcels, through),
            Mixing::TwoCompartments(share) => self.two_compartments(parcels, through, share),
            Mixing::FirstInFirstOut => self.first_in_first_out(parcels, through),
            Mixing::LastInFirstOut => self.last_in_first_out(parcels, through),
        }
    }

    fn complete(&self, parcels: &mut Parcels, through: Through) -> Mixed {
        let Some(all) = parcels.leading(self.chain) else {
            return Mixed::default();
        };
        let total = Load {
            volume: all.volume + through.inflow.volume,
            mass: all.quality * all.volume + through.inflow.mass,
        };
        all.quality = total.quality_or(all.quality);
        all.volume = (all.volume + through.net).max(0.0);
        let over = (all.volume - self.most).max(0.0);
        all.volume -= over;
        Mixed {
            quality: all.quality,
            spilled: over * all.quality,
        }
    }

    fn two_compartments(&self, parcels: &mut Parcels, through: Through, share: f64) -> Mixed {
        let outer = parcels.leading(self.chain).copied();
        let inner = parcels.trailing(self.chain).copied();
        let (Some(mut outer), Some(mut inner)) = (outer, inner) else {
            return Mixed::default();
        };
        let room = share * self.most;
        let (inflow, net) = (through.inflow, through.net);
        let mut mixed = Mixed::default();
        if net >= 0.0 {
            let moved = (inner.volume + net - room).max(0.0);
            let total = Load {
                volume: inner.volume + inflow.volume,
                mass: inner.quality * inner.volume + inflow.mass,
            };
            inner.quality = total.quality_or(inner.quality);
            inner.volume += net - moved;
            let total = Load {
                volume: outer.volume + moved,
                mass: outer.quality * outer.volume + inner.quality * moved,
            };
            outer.quality = total.quality_or(outer.quality);
            outer.volume += moved;
            let over = (outer.volume - (self.most - room)).max(0.0);
            outer.volume -= over;
            mixed.spilled = over * outer.quality;
        } else {
            let moved = outer.volume.min(-net);
            let total = Load {
                volume: inner.volume + inflow.volume + moved,
                mass: inner.quality * inner.volume + inflow.mass + outer.quality * moved,
            };
            inner.quality = total.quality_or(inner.quality);
            inner.volume = (inner.volume + moved + net).max(0.0);
            outer.volume -= moved;
        }
        mixed.quality = inner.quality;
        if let Some(place) = parcels.leading(self.chain) {
            *place = outer;
        }
        if let Some(place) = parcels.trailing(self.chain) {
            *place = inner;
        }
        mixed
    }

    fn first_in_first_out(&self, parcels: &mut Parcels, through: Through) -> Mixed {
        let inflow = through.inflow;
        if inflow.volume > 0.0 {
            let quality = inflow.quality_or(0.0);
            parcels.put(self.chain, inflow.volume, quality, self.tolerance);
        }
        let leaving = if through.spills {
            inflow.volume
        } else {
            inflow.volume - through.net
        };
        let taken = self.take(parcels, leaving, End::Leading);
        let ahead = parcels.leading(self.chain).map_or(0.0, |one| one.quality);
        let quality = taken.quality_or(ahead);
        let spilled = if through.spills {
            through.net * quality
        } else {
            0.0
        };
        Mixed { quality, spilled }
    }

    fn last_in_first_out(&self, parcels: &mut Parcels, through: Through) -> Mixed {
        let (inflow, net) = (through.inflow, through.net);
        let mut mixed = Mixed::default();
        if net < 0.0 {
            let taken = self.take(parcels, -net, End::Trailing);
            let leaving = Load {
                volume: taken.volume + inflow.volume,
                mass: taken.mass + inflow.mass,
            };
            mixed.quality = leaving.quality_or(0.0);
            return mixed;
        }
        let last = parcels.trailing(self.chain).copied().unwrap_or_default();
        let coming = inflow.quality_or(last.quality);
        if are_alike(last.quality, coming, self.tolerance) {
            // All that flows in passes the last parcel, so that what leaves is
            // the mixture of both.
            let total = Load {
                volume: last.volume + inflow.volume,
                mass: last.quality * last.volume + inflow.mass,
            };
            mixed.quality = total.quality_or(last.quality);
            if let Some(last) = parcels.trailing(self.chain) {
                last.quality = mixed.quality;
                last.volume += net;
            }
        } else {
            mixed.quality = coming;
            if net > 0.0 {
                let parcel = Parcel {
                    volume: net,
                    quality: coming,
                };
                parcels.push(self.chain, parcel);
            }
        }
        if through.spills {
            mixed.spilled = self.take(parcels, net, End::Leading).mass;
        }
        mixed
    }

    /// Takes a volume from one end, and leaves the last parcel without volume
    /// where there is not enough: it remembers the quality.
    fn take(&self, parcels: &mut Parcels, volume: f64, end: End) -> Load {
        let mut taken = Load::default();
        let mut left = volume;
        while left > 0.0 {
            let is_last = parcels.length(self.chain) <= 1;
            let parcel = match end {
                End::Leading => parcels.leading(self.chain),
                End::Trailing => parcels.trailing(self.chain),
            };
            let Some(parcel) = parcel else { break };
            let part = if is_last {
                left
            } else {
                parcel.volume.min(left)
            };
            taken.volume += part;
            taken.mass += part * parcel.quality;
            left -= part;
            let used_up = part >= parcel.volume;
            parcel.volume = (parcel.volume - part).max(0.0);
            if used_up && !is_last {
                match end {
                    End::Leading => parcels.drop_leading(self.chain),
                    End::Trailing => parcels.drop_trailing(self.chain),
                }
            }
        }
        taken
    }
}

/// An end of a chain.
#[derive(Clone, Copy, Debug)]
enum End {
    Leading,
    Trailing,
}
