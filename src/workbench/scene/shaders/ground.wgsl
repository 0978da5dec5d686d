// The ground: a grid of two spacings that fades with distance, and soft
// shadows under what stands on it.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}

struct Ground {
    // Linear; w: opacity of the main lines.
    grid: vec4<f32>,
    // x: spacing of the fine lines; y: how many of them make a main one; z: radius at which all has faded; w: 1 for a shadow, 0 for the grid.
    measure: vec4<f32>,
    // Linear; w: opacity.
    shadow: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> ground: Ground;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) place: vec2<f32>,
    @location(1) alpha: f32,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4(in.position, 1.0));
    var out: Varying;
    out.clip = position_world_to_clip(world.xyz);
    out.place = world.xz;
    // Meshes of shadows carry their opacity in the normal: its y falls from 1 to 0 at the rim.
    out.alpha = in.normal.y;
    return out;
}

fn lines(place: vec2<f32>, spacing: f32) -> f32 {
    let scaled = place / spacing;
    let width = max(fwidth(scaled), vec2(1e-5));
    let distance = abs(fract(scaled - 0.5) - 0.5) / width;
    // Lines closer than a few pixels melt away instead of shimmering.
    let calm = 1.0 - smoothstep(0.18, 0.42, max(width.x, width.y));
    return (1.0 - min(min(distance.x, distance.y), 1.0)) * calm;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    if ground.measure.w > 0.5 {
        return vec4(ground.shadow.rgb, ground.shadow.w * in.alpha * in.alpha);
    }
    let distance = length(in.place) / ground.measure.z;
    let fade = pow(clamp(1.0 - distance, 0.0, 1.0), 1.8);
    let fine = lines(in.place, ground.measure.x) * 0.38;
    let main_lines = lines(in.place, ground.measure.x * ground.measure.y);
    return vec4(ground.grid.rgb, max(fine, main_lines) * ground.grid.w * fade);
}
