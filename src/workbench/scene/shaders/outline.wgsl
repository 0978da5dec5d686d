// The outline of what is selected: its hull, pushed outwards by a number of
// pixels and drawn from behind, so that only a rim is seen.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}

struct Outline {
    // Linear; w: width in pixels.
    colour: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> outline: Outline;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

@vertex
fn vertex(in: Vertex) -> @builtin(position) vec4<f32> {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4(in.position, 1.0));
    let normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    var clip = position_world_to_clip(world.xyz);
    let ahead = view.clip_from_world * vec4(normal, 0.0);
    let direction = ahead.xy * view.viewport.zw;
    let length = max(length(direction), 1e-6);
    clip = vec4(clip.xy + direction / length * outline.colour.w * 2.0 / view.viewport.zw * clip.w, clip.z, clip.w);
    return clip;
}

@fragment
fn fragment() -> @location(0) vec4<f32> {
    return vec4(outline.colour.rgb, 1.0);
}
