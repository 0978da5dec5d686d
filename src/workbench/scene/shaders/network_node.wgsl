// Junctions as small balls, and the ring around what is selected: one square
// for each node, turned to the eye.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}
#import counterpart::network_map::Map

struct Node {
    // Linear colour; w: size, 0 where only its symbol is drawn.
    colour: vec4<f32>,
    // x: 1 where ringed; y: full part of its height; z: height of its symbol or 0.
    state: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> map: Map;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> nodes: array<Node>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // x: node.
    @location(2) place: vec2<f32>,
    // Each -1 or 1.
    @location(3) corner: vec2<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
    // In pixels from the middle.
    @location(1) offset: vec2<f32>,
    // x: radius of the ball; y: radius of the ring, 0 without one.
    @location(2) radii: vec2<f32>,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let node = nodes[u32(in.place.x + 0.5)];
    let centre = (world_from_local * vec4(in.position, 1.0)).xyz;
    let hovered = abs(map.motion.w - in.place.x) < 0.5;
    var ball = map.size.z * node.colour.w;
    if hovered && node.colour.w > 0.0 {
        ball = max(ball, 2.5 * map.accent.w) + 1.5 * map.accent.w;
    }
    let symbol = map.size.w * node.state.z;
    let ring = node.state.x * (max(ball, symbol * 0.62) + 5.0 * map.accent.w);
    let reach = max(ball, ring) + 1.0;
    var out: Varying;
    let clip = position_world_to_clip(centre);
    out.clip = clip;
    out.clip = vec4(clip.xy + in.corner * reach * 2.0 / view.viewport.zw * clip.w, clip.z * (1.0 + 6e-4), clip.w);
    if max(ball, ring) < 0.5 {
        // Nothing to see: all corners in one place.
        out.clip = vec4(2.0, 2.0, 0.0, 1.0);
    }
    out.colour = node.colour.rgb;
    out.offset = in.corner * reach;
    out.radii = vec2(ball, ring);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let away = length(in.offset);
    if away <= in.radii.x {
        let round = sqrt(max(1.0 - away * away / (in.radii.x * in.radii.x), 0.0));
        return vec4(in.colour * mix(0.62, 1.0, round), 1.0);
    }
    if away > in.radii.y || away < in.radii.y - 2.2 * map.accent.w {
        discard;
    }
    return vec4(map.accent.rgb, 1.0);
}
