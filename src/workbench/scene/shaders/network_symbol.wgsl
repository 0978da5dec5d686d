// Tanks, reservoirs, pumps and valves: as high on the picture as a symbol on a
// map, wherever they are. A tank is filled as far as its level.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}
#import counterpart::network_map::Map

struct Symbol {
    // Linear colour; w: full part of its height.
    colour: vec4<f32>,
    // x: 1 where shut; y: 1 where it is minor: one of many; z: 1 where selected.
    state: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> map: Map;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> symbols: array<Symbol>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    // Where it stands.
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    // x, y: place in the symbol, which is one high.
    @location(2) across: vec2<f32>,
    // x: z of the place in the symbol; y: symbol.
    @location(3) depth: vec2<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
    @location(1) shade: f32,
    // x: height in the symbol; y: full part.
    @location(2) level: vec2<f32>,
}

// Height of a valve's body: above it are stem and wheel, which go down to shut it.
const BODY: f32 = 0.62;

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let symbol = symbols[u32(in.depth.y + 0.5)];
    let foot = (world_from_local * vec4(in.position, 1.0)).xyz;
    let clip = position_world_to_clip(foot);
    let pixel = 2.0 * max(clip.w, 1e-6) / (view.clip_from_view[1][1] * view.viewport.w);
    var place = vec3(in.across.x, in.across.y, in.depth.x);
    if symbol.state.x > 0.5 && place.y > BODY {
        place.y = BODY + (place.y - BODY) * 0.12;
    }
    let size = map.size.w * select(1.0, map.shell.w, symbol.state.y > 0.5);
    let world = foot + place * size * pixel;
    let light = normalize(vec3(0.45, 0.80, 0.40));
    let facing = dot(in.normal, light) * 0.5 + 0.5;
    var out: Varying;
    out.clip = position_world_to_clip(world);
    out.clip.z *= 1.0 + 1e-3;
    out.colour = symbol.colour.rgb;
    if symbol.state.x > 0.5 {
        out.colour = map.shell.rgb;
    }
    if symbol.state.z > 0.5 {
        out.colour = map.accent.rgb;
    }
    out.shade = 0.42 + 0.66 * facing * facing;
    out.level = vec2(in.across.y, symbol.colour.w);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    // The water's surface is a dark line between what is full and what is empty.
    let full = in.level.x <= in.level.y * 0.86 + 0.02 || in.level.y >= 0.999;
    let colour = select(map.shell.rgb, in.colour, full);
    return vec4(colour * in.shade, 1.0);
}
