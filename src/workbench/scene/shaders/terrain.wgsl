// The ground under a network: hill-shaded beforehand, drawn behind everything
// else, because pipes are looked at and not dug for.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip}

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // Linear colour.
    @location(1) colour: vec3<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    var out: Varying;
    out.clip = position_world_to_clip((world_from_local * vec4(in.position, 1.0)).xyz);
    // Depth runs backwards: a tenth of it is farther away, in the same order.
    out.clip.z *= 0.05;
    out.colour = in.colour;
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    return vec4(in.colour, 1.0);
}
