//! The dock: turns the arrangement of the view into the tiles that are drawn,
//! and tiles rearranged by hand back into an arrangement.

use egui_tiles::{Behavior, Container, Linear, LinearDir, Tabs, Tile, TileId, Tiles, Tree};

use crate::workbench::view::dock::{Direction, Dock, Layout, Pane};

/// The tiles that are drawn, with the arrangement that they stand for.
#[derive(Clone)]
pub struct Tiling {
    /// The tiles.
    pub tree: Tree<Pane>,
    revision: u64,
    told: Dock,
}

impl Tiling {
    /// The tiles of an arrangement.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        let mut tiles = Tiles::default();
        let root = insert(&mut tiles, layout.dock());
        Self {
            tree: Tree::new("dock", root, tiles),
            revision: layout.revision(),
            told: layout.dock().clone(),
        }
    }

    /// The arrangement, when it is another than before. While something is
    /// being dragged nothing is told.
    pub fn news(&mut self, dragging: bool) -> Option<Dock> {
        if dragging {
            return None;
        }
        let dock = read(&self.tree.tiles, self.tree.root()?)?;
        if is_alike(&dock, &self.told) {
            return None;
        }
        self.told = dock.clone();
        Some(dock)
    }

    /// Whether it stands for `layout`.
    #[must_use]
    pub fn is_of(&self, layout: &Layout) -> bool {
        self.revision == layout.revision()
    }
}

fn insert(tiles: &mut Tiles<Pane>, dock: &Dock) -> TileId {
    match dock {
        // The scene needs no title; every other panel has one to be dragged by.
        Dock::Pane(Pane::Scene) => tiles.insert_pane(Pane::Scene),
        Dock::Pane(pane) => {
            let pane = tiles.insert_pane(*pane);
            tiles.insert_tab_tile(vec![pane])
        }
        Dock::Tabs { active, children } => {
            let children: Vec<TileId> = children
                .iter()
                .map(|child| match child {
                    Dock::Pane(pane) => tiles.insert_pane(*pane),
                    other => insert(tiles, other),
                })
                .collect();
            let mut tabs = Tabs::new(children.clone());
            if let Some(active) = children.get(*active) {
                tabs.set_active(*active);
            }
            tiles.insert_container(tabs)
        }
        Dock::Split {
            direction,
            children,
        } => {
            let ids: Vec<TileId> = children
                .iter()
                .map(|(_, child)| insert(tiles, child))
                .collect();
            let dir = match direction {
                Direction::Row => LinearDir::Horizontal,
                Direction::Column => LinearDir::Vertical,
            };
            let mut linear = Linear::new(dir, ids.clone());
            for (id, (share, _)) in ids.iter().zip(children) {
                linear.shares.set_share(*id, *share);
            }
            tiles.insert_container(linear)
        }
    }
}

fn read(tiles: &Tiles<Pane>, id: TileId) -> Option<Dock> {
    match tiles.get(id)? {
        Tile::Pane(pane) => Some(Dock::Pane(*pane)),
        Tile::Container(Container::Tabs(tabs)) => {
            let mut active = 0;
            let mut children = Vec::new();
            for child in &tabs.children {
                if let Some(dock) = read(tiles, *child) {
                    if tabs.active == Some(*child) {
                        active = children.len();
                    }
                    children.push(dock);
                }
            }
            match children.len() {
                0 => None,
                1 => children.pop(),
                _ => Some(Dock::Tabs { active, children }),
            }
        }
        Tile::Container(container) => {
            let (direction, shares) = match container {
                Container::Linear(linear) if linear.dir == LinearDir::Vertical => {
                    (Direction::Column, Some(&linear.shares))
                }
                Container::Linear(linear) => (Direction::Row, Some(&linear.shares)),
                Container::Tabs(_) | Container::Grid(_) => (Direction::Row, None),
            };
            let mut children: Vec<(f32, Dock)> = container
                .children()
                .filter_map(|child| {
                    let share = shares.map_or(1.0, |shares| shares[*child]);
                    Some((share, read(tiles, *child)?))
                })
                .collect();
            match children.len() {
                0 => None,
                1 => children.pop().map(|(_, child)| child),
                _ => Some(Dock::Split {
                    direction,
                    children,
                }),
            }
        }
    }
}

/// Whether two arrangements look the same: shares count relative to each other.
fn is_alike(a: &Dock, b: &Dock) -> bool {
    match (a, b) {
        (Dock::Pane(a), Dock::Pane(b)) => a == b,
        (
            Dock::Tabs { active, children },
            Dock::Tabs {
                active: other_active,
                children: others,
            },
        ) => {
            active == other_active
                && children.len() == others.len()
                && children.iter().zip(others).all(|(a, b)| is_alike(a, b))
        }
        (
            Dock::Split {
                direction,
                children,
            },
            Dock::Split {
                direction: other_direction,
                children: others,
            },
        ) => {
            let total = |parts: &[(f32, Dock)]| parts.iter().map(|(share, _)| share).sum::<f32>();
            let (whole, other_whole) = (total(children), total(others));
            direction == other_direction
                && children.len() == others.len()
                && children.iter().zip(others).all(|((share, a), (other, b))| {
                    (share / whole - other / other_whole).abs() < 1e-3 && is_alike(a, b)
                })
        }
        _ => false,
    }
}

/// How the tiles look, and what is drawn in them.
pub struct Docking<'a> {
    /// Draws a panel.
    pub draw: &'a mut dyn FnMut(&mut egui::Ui, Pane),
    /// The colours.
    pub tokens: &'a super::theme::Tokens,
}

impl Behavior<Pane> for Docking<'_> {
    fn pane_ui(
        &mut self,
        ui: &mut egui::Ui,
        _tile: TileId,
        pane: &mut Pane,
    ) -> egui_tiles::UiResponse {
        (self.draw)(ui, *pane);
        egui_tiles::UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        pane.title().into()
    }

    fn simplification_options(&self) -> egui_tiles::SimplificationOptions {
        egui_tiles::SimplificationOptions {
            prune_single_child_tabs: false,
            ..egui_tiles::SimplificationOptions::default()
        }
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        72.0
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        super::theme::ROW
    }

    fn tab_bar_color(&self, _visuals: &egui::Visuals) -> egui::Color32 {
        self.tokens.panel
    }

    fn tab_bg_color(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        _state: &egui_tiles::TabState,
    ) -> egui::Color32 {
        self.tokens.panel
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        _state: &egui_tiles::TabState,
    ) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _visuals: &egui::Visuals) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn tab_text_color(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &egui_tiles::TabState,
    ) -> egui::Color32 {
        if state.active {
            self.tokens.text
        } else {
            self.tokens.text_weak
        }
    }

    fn resize_stroke(&self, _style: &egui::Style, state: egui_tiles::ResizeState) -> egui::Stroke {
        match state {
            egui_tiles::ResizeState::Idle => egui::Stroke::new(1.0, self.tokens.line),
            _ => egui::Stroke::new(2.0, self.tokens.accent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrangement_survives_the_way_through_the_tiles() {
        for toggles in [
            vec![],
            vec![Pane::Log],
            vec![Pane::Log, Pane::WhatIf, Pane::Assets],
        ] {
            let mut layout = Layout::default();
            for pane in toggles {
                layout.toggle(pane);
            }
            let mut tiling = Tiling::new(&layout);
            let read = tiling
                .tree
                .root()
                .and_then(|root| read(&tiling.tree.tiles, root));
            assert_eq!(read.as_ref(), Some(layout.dock()));
            assert_eq!(tiling.news(false), None, "nothing was moved");
        }
    }

    #[test]
    fn moving_a_border_is_news_once() {
        let mut tiling = Tiling::new(&Layout::default());
        let root = tiling.tree.root().expect("not empty");
        if let Some(Tile::Container(Container::Linear(linear))) = tiling.tree.tiles.get_mut(root) {
            let first = linear.children[0];
            linear.shares.set_share(first, 5.0);
        }
        assert_eq!(tiling.news(true), None, "not while it is dragged");
        assert!(tiling.news(false).is_some());
        assert_eq!(tiling.news(false), None);
    }
}
