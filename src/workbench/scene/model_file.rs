//! glTF files named by a twin document: checked before they are read, fitted
//! into the asset's place, coloured like every other solid.
//!
//! A file from outside may be anything. Its JSON is checked here before Bevy
//! sees it: size, references, cycles among its nodes. Whatever is wrong, the
//! default silhouette stays and a notice says why.

use std::path::{Path, PathBuf};

use bevy::camera::primitives::Aabb;
use bevy::gltf::{Gltf, GltfMesh, GltfNode};
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use serde_json::Value;

use super::SceneNotice;
use super::materials::SolidMaterial;
use super::spawn::{Built, OfScene, SolidEntity, pose};
use crate::twin::Shape;

/// Largest glTF file that is read [bytes].
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// Largest JSON part of one [bytes].
const LARGEST_JSON: usize = 16 * 1024 * 1024;

/// Most nodes that are placed for one asset.
const MOST_NODES: usize = 20_000;

/// Deepest nesting of nodes.
const DEEPEST: usize = 64;

/// glTF files on their way into the scene.
#[derive(Resource, Default)]
pub(super) struct PendingModels {
    asked: Vec<Asked>,
    placed: u64,
}

struct Asked {
    solid: usize,
    path: PathBuf,
    handle: Option<Handle<Gltf>>,
}

impl PendingModels {
    /// Asks for a file in place of the silhouette of a solid.
    pub fn ask(&mut self, solid: usize, path: PathBuf) {
        self.asked.push(Asked {
            solid,
            path,
            handle: None,
        });
    }

    /// Forgets what was asked for.
    pub fn clear(&mut self) {
        self.asked.clear();
    }

    /// Whether files are still being read.
    pub fn waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Number of files that were placed or given up.
    pub fn placed(&self) -> u64 {
        self.placed
    }
}

/// A part of a glTF file with its place in the file's own space.
struct Part {
    mesh: Handle<Mesh>,
    pose: GlobalTransform,
}

/// Checks, loads and places the files that were asked for.
#[allow(
    clippy::too_many_arguments,
    reason = "a Bevy system asks for what it needs"
)]
pub(super) fn place_models(
    mut commands: Commands,
    mut pending: ResMut<PendingModels>,
    server: Res<AssetServer>,
    files: Res<Assets<Gltf>>,
    nodes: Res<Assets<GltfNode>>,
    gltf_meshes: Res<Assets<GltfMesh>>,
    meshes: Res<Assets<Mesh>>,
    built: Res<Built>,
    solids: Query<(Entity, &SolidEntity)>,
    mut notices: MessageWriter<SceneNotice>,
) {
    if pending.asked.is_empty() {
        return;
    }
    let mut finished = 0;
    pending.asked.retain_mut(|asked| {
        let give_up = |reason: String| {
            SceneNotice(format!(
                "`{}` is not shown: {reason}. The default shape stands in for it",
                asked.path.display()
            ))
        };
        let Some(handle) = asked.handle.clone() else {
            if let Err(reason) = check_file(&asked.path) {
                notices.write(give_up(reason));
                finished += 1;
                return false;
            }
            let absolute = std::path::absolute(&asked.path).unwrap_or_else(|_| asked.path.clone());
            asked.handle = Some(server.load(bevy::asset::AssetPath::from_path_buf(absolute)));
            return true;
        };
        if let bevy::asset::LoadState::Failed(error) = server.load_state(&handle) {
            notices.write(give_up(error.to_string()));
            finished += 1;
            return false;
        }
        if !server.is_loaded_with_dependencies(&handle) {
            return true;
        }
        finished += 1;
        let parts = files
            .get(&handle)
            .map(|file| parts_of(file, &nodes, &gltf_meshes))
            .unwrap_or_default();
        let fitted = built
            .scene
            .as_ref()
            .and_then(|scene| scene.solids.get(asked.solid))
            .and_then(|solid| {
                let fit = fit(&parts, &meshes, solid.place.half_size)?;
                Some((pose(&solid.place) * fit, solid.shape))
            });
        let Some((fit, shape)) = fitted else {
            notices.write(give_up("it holds no triangles".to_owned()));
            return false;
        };
        for (entity, solid) in &solids {
            if solid.0 == asked.solid {
                commands.entity(entity).insert(Visibility::Hidden);
            }
        }
        let material: &Handle<SolidMaterial> = if shape == Shape::Sphere {
            &built.glass
        } else {
            &built.solid
        };
        for part in parts {
            commands.spawn((
                OfScene,
                Mesh3d(part.mesh),
                MeshMaterial3d(material.clone()),
                MeshTag(asked.solid as u32),
                Transform::from_matrix(fit.to_matrix() * part.pose.to_matrix()),
            ));
        }
        false
    });
    pending.placed += finished;
}

/// Every mesh of a file with its place, walked with bounds on depth and number.
fn parts_of(file: &Gltf, nodes: &Assets<GltfNode>, meshes: &Assets<GltfMesh>) -> Vec<Part> {
    let mut children = std::collections::BTreeSet::new();
    for handle in &file.nodes {
        if let Some(node) = nodes.get(handle) {
            children.extend(node.children.iter().map(|child| child.id()));
        }
    }
    let mut open: Vec<(Handle<GltfNode>, GlobalTransform, usize)> = file
        .nodes
        .iter()
        .filter(|handle| !children.contains(&handle.id()))
        .map(|handle| (handle.clone(), GlobalTransform::IDENTITY, 0))
        .collect();
    let mut parts = Vec::new();
    let mut visited = 0;
    while let Some((handle, parent, depth)) = open.pop() {
        visited += 1;
        if visited > MOST_NODES || depth > DEEPEST {
            break;
        }
        let Some(node) = nodes.get(&handle) else {
            continue;
        };
        let here = parent.mul_transform(node.transform);
        if let Some(mesh) = node.mesh.as_ref().and_then(|mesh| meshes.get(mesh)) {
            parts.extend(mesh.primitives.iter().map(|primitive| Part {
                mesh: primitive.mesh.clone(),
                pose: here,
            }));
        }
        open.extend(
            node.children
                .iter()
                .map(|child| (child.clone(), here, depth + 1)),
        );
    }
    parts
}

/// The transform that brings all parts into a box of these half extents about
/// the origin, without changing their proportions.
fn fit(parts: &[Part], meshes: &Assets<Mesh>, half: [f64; 3]) -> Option<Transform> {
    use bevy::camera::primitives::MeshAabb;
    let mut low = Vec3::INFINITY;
    let mut high = Vec3::NEG_INFINITY;
    for part in parts {
        let Some(bounds): Option<Aabb> = meshes.get(&part.mesh).and_then(MeshAabb::compute_aabb)
        else {
            continue;
        };
        for corner in 0..8 {
            let sign = Vec3::new(
                if corner & 1 == 0 { -1.0 } else { 1.0 },
                if corner & 2 == 0 { -1.0 } else { 1.0 },
                if corner & 4 == 0 { -1.0 } else { 1.0 },
            );
            let local = Vec3::from(bounds.center) + Vec3::from(bounds.half_extents) * sign;
            let point = part.pose.transform_point(local);
            low = low.min(point);
            high = high.max(point);
        }
    }
    let extent = high - low;
    if !extent.is_finite() || extent.max_element() <= 0.0 {
        return None;
    }
    let room = Vec3::from_array(half.map(|part| part as f32)) * 2.0;
    let scale = (0..3)
        .filter(|axis| extent[*axis] > 1e-9)
        .map(|axis| room[axis] / extent[axis])
        .fold(f32::INFINITY, f32::min);
    let centre = (low + high) / 2.0;
    Some(Transform::from_translation(-centre * scale).with_scale(Vec3::splat(scale)))
}

/// Reads as much of a file as is needed to say whether it is safe to load.
fn check_file(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    if metadata.len() > LARGEST_FILE {
        return Err(format!(
            "it has {} MB, and at most {} MB are read",
            metadata.len() / 1_000_000,
            LARGEST_FILE / 1_000_000
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    check_bytes(&bytes)
}

/// Checks the JSON of a `.gltf` or `.glb` file.
fn check_bytes(bytes: &[u8]) -> Result<(), String> {
    let json = json_part(bytes)?;
    if json.len() > LARGEST_JSON {
        return Err(format!(
            "its JSON is larger than {} MB",
            LARGEST_JSON / 1_000_000
        ));
    }
    let document: Value =
        serde_json::from_slice(json).map_err(|error| format!("its JSON is broken ({error})"))?;
    check_nodes(&document)
}

/// The JSON of a `.gltf` file is the file; that of a `.glb` file is its first chunk (glTF 2.0, section 4.4).
fn json_part(bytes: &[u8]) -> Result<&[u8], String> {
    if !bytes.starts_with(b"glTF") {
        return Ok(bytes);
    }
    let word = |at: usize| -> Option<usize> {
        let part: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(part)).ok()
    };
    let length = word(12).ok_or("its header is cut off")?;
    bytes
        .get(20..20usize.saturating_add(length))
        .ok_or_else(|| "its first chunk is cut off".to_owned())
}

/// Every child must exist, have one parent, and not be its own ancestor; nesting is bounded.
fn check_nodes(document: &Value) -> Result<(), String> {
    let none = Vec::new();
    let nodes = document
        .get("nodes")
        .and_then(Value::as_array)
        .unwrap_or(&none);
    if nodes.len() > MOST_NODES {
        return Err(format!(
            "it has {} nodes, and at most {MOST_NODES} are shown",
            nodes.len()
        ));
    }
    let mut parent: Vec<Option<usize>> = vec![None; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        let children = node
            .get("children")
            .and_then(Value::as_array)
            .unwrap_or(&none);
        for child in children {
            let child = child
                .as_u64()
                .and_then(|child| usize::try_from(child).ok())
                .filter(|child| *child < nodes.len())
                .ok_or_else(|| format!("node {index} names a child that does not exist"))?;
            if let Some(other) = parent[child].replace(index) {
                return Err(format!("node {child} has two parents, {other} and {index}"));
            }
        }
    }
    for start in 0..nodes.len() {
        let (mut at, mut depth) = (start, 0);
        while let Some(up) = parent[at] {
            depth += 1;
            if depth > DEEPEST {
                return Err(format!(
                    "its nodes form a cycle or are nested deeper than {DEEPEST} levels, at node {start}"
                ));
            }
            at = up;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_of_nodes_is_found() {
        let text = br#"{"nodes":[{"children":[1]},{"children":[2]},{"children":[0]}]}"#;
        assert!(check_bytes(text).unwrap_err().contains("cycle"));
        let own_child = br#"{"nodes":[{"children":[0]}]}"#;
        assert!(check_bytes(own_child).unwrap_err().contains("cycle"));
    }

    #[test]
    fn a_shared_child_and_a_missing_child_are_found() {
        let shared = br#"{"nodes":[{"children":[2]},{"children":[2]},{}]}"#;
        assert!(check_bytes(shared).unwrap_err().contains("two parents"));
        let missing = br#"{"nodes":[{"children":[7]}]}"#;
        assert!(check_bytes(missing).unwrap_err().contains("does not exist"));
    }

    #[test]
    fn broken_and_cut_off_files_are_refused() {
        assert!(check_bytes(b"{nonsense").unwrap_err().contains("JSON"));
        assert!(
            check_bytes(b"glTF\x02\0\0\0")
                .unwrap_err()
                .contains("cut off")
        );
        let mut cut = b"glTF\x02\0\0\0\x40\0\0\0\xff\0\0\0JSON".to_vec();
        cut.extend(b"{}");
        assert!(check_bytes(&cut).unwrap_err().contains("cut off"));
        assert!(
            check_file(Path::new("no/such/file.gltf"))
                .unwrap_err()
                .contains("no such file")
        );
    }

    #[test]
    fn a_plain_tree_of_nodes_passes_in_both_containers() {
        let json = br#"{"nodes":[{"children":[1,2]},{},{"children":[3]},{}]}"#;
        assert_eq!(check_bytes(json), Ok(()));
        let mut binary = b"glTF\x02\0\0\0\0\0\0\0".to_vec();
        binary.extend((json.len() as u32).to_le_bytes());
        binary.extend(b"JSON");
        binary.extend(json);
        assert_eq!(check_bytes(&binary), Ok(()));
    }
}
