// Matt solids. One colour for each instance, found by its mesh tag; light is
// reckoned at the vertices, which is exact on flat faces and cheap without a GPU.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}

struct Light {
    // Direction towards the key light; w: its strength.
    key: vec4<f32>,
    // Light from above; w: height of the ground.
    sky: vec4<f32>,
    // Light from below; w: opacity facing the eye, 1 for opaque solids.
    floor: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> light: Light;
// Linear colour; w: additional brightness.
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> looks: array<vec4<f32>>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec4<f32>,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4(in.position, 1.0));
    let normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    let look = looks[mesh_functions::get_tag(in.instance_index)];
    // A wrapped key light: soft, without a hard edge where the light ends.
    let facing = dot(normal, light.key.xyz) * 0.5 + 0.5;
    let ambient = mix(light.floor.rgb, light.sky.rgb, normal.y * 0.5 + 0.5);
    // What stands on the ground is a little darker near it.
    let nearness = 1.0 - 0.18 * exp(-max(world.y - light.sky.w, 0.0) * 14.0);
    let shade = (ambient + vec3(light.key.w * facing * facing)) * nearness;
    let to_eye = normalize(view.world_position.xyz - world.xyz);
    let edge = 1.0 - abs(dot(normal, to_eye));
    var out: Varying;
    out.clip = position_world_to_clip(world.xyz);
    // The rim of a glass ball catches light, so that a dark one shows on a dark ground.
    let glass = select(0.0, edge * edge, light.floor.w < 1.0);
    let lit = look.rgb * shade + vec3(look.w + glass * 0.10);
    out.colour = vec4(lit, mix(light.floor.w, 1.0, glass * 0.85));
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    return in.colour;
}
