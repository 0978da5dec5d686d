// Items and agents: one mesh holds as many copies of a silhouette as may be seen,
// and each copy is put where its body is. Light is that of matt solids.
#import bevy_pbr::{view_transformations::position_world_to_clip}

struct Light {
    key: vec4<f32>,
    sky: vec4<f32>,
    floor: vec4<f32>,
}

struct Body {
    // Its middle; w: turn about the upright axis.
    centre: vec4<f32>,
    // Half its extent along, up and across; nothing for a copy without a body.
    half: vec4<f32>,
    // Linear colour.
    colour: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> light: Light;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> bodies: array<Body>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    // From -1 to 1 in each direction.
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    // x: number of the copy.
    @location(2) number: vec2<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
}

fn turned(point: vec3<f32>, angle: f32) -> vec3<f32> {
    let c = cos(angle);
    let s = sin(angle);
    return vec3(c * point.x + s * point.z, point.y, c * point.z - s * point.x);
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let body = bodies[u32(in.number.x + 0.5)];
    let world = body.centre.xyz + turned(in.position * body.half.xyz, body.centre.w);
    let normal = turned(normalize(in.normal / max(body.half.xyz, vec3(1e-6))), body.centre.w);
    let facing = dot(normal, light.key.xyz) * 0.5 + 0.5;
    let ambient = mix(light.floor.rgb, light.sky.rgb, normal.y * 0.5 + 0.5);
    var out: Varying;
    out.clip = position_world_to_clip(world);
    out.colour = body.colour.rgb * (ambient + vec3(light.key.w * facing * facing));
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    return vec4(in.colour, 1.0);
}
