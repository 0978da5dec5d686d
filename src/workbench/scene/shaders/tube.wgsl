// Tubes between assets. Every tube is the same straight mesh, bent along its
// own quadratic Bézier curve here, so that thousands are one draw call.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}

struct Light {
    key: vec4<f32>,
    sky: vec4<f32>,
    floor: vec4<f32>,
}

struct Tube {
    // Control points; w: radius.
    start: vec4<f32>,
    // w: phase of the marks, in marks.
    bend: vec4<f32>,
    // w: number of marks along the tube.
    end: vec4<f32>,
    // Linear colour at the start; w: strength of the marks.
    start_colour: vec4<f32>,
    // Linear colour at the end; w: 1 for a dashed line, 0 for a full tube, 2 for a way on the floor.
    end_colour: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> light: Light;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> tubes: array<Tube>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    // x, y: on the unit circle; z: along the tube from 0 to 1.
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
    // x: along, in marks; y: across, from -1 to 1 as seen; z: strength of the marks; w: dashed or not.
    @location(1) marks: vec4<f32>,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let tube = tubes[mesh_functions::get_tag(in.instance_index)];
    let t = in.position.z;
    let a = mix(tube.start.xyz, tube.bend.xyz, t);
    let b = mix(tube.bend.xyz, tube.end.xyz, t);
    let middle = mix(a, b, t);
    let along = normalize(b - a + vec3(1e-7, 0.0, 0.0));
    let aside = select(vec3(0.0, 1.0, 0.0), vec3(1.0, 0.0, 0.0), abs(along.y) > 0.95);
    let side = normalize(cross(along, aside));
    let up = cross(side, along);
    let flat = tube.end_colour.w > 1.5;
    let normal = select(side * in.normal.x + up * in.normal.y, vec3(0.0, 1.0, 0.0), flat);
    let rise = in.position.y * select(1.0, 0.06, flat);
    let world = middle + (side * in.position.x + up * rise) * tube.start.w;
    let facing = dot(normal, light.key.xyz) * 0.5 + 0.5;
    let ambient = mix(light.floor.rgb, light.sky.rgb, normal.y * 0.5 + 0.5);
    let shade = ambient + vec3(light.key.w * facing * facing);
    let to_eye = normalize(view.world_position.xyz - world);
    let across = normalize(cross(along, to_eye) + vec3(0.0, 1e-7, 0.0));
    var out: Varying;
    out.clip = position_world_to_clip(world);
    out.colour = mix(tube.start_colour.rgb, tube.end_colour.rgb, t) * shade;
    let aslant = select(dot(normal, across), in.position.x, flat);
    out.marks = vec4(t * tube.end.w - tube.bend.w, aslant, tube.start_colour.w, tube.end_colour.w);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    if in.marks.w > 0.5 && in.marks.w < 1.5 {
        if fract(in.marks.x) > 0.52 {
            discard;
        }
        return vec4(in.colour, 1.0);
    }
    // A chevron points where the heat goes: its flanks lag behind its tip.
    let place = fract(in.marks.x + abs(in.marks.y) * 0.30);
    let width = fwidth(in.marks.x) + 1e-4;
    let mark = smoothstep(0.70 - width, 0.70 + width, place) * (1.0 - smoothstep(0.96 - width, 0.96 + width, place));
    // A dark tube gets light marks, a light one dark marks, whatever the theme.
    let brightness = dot(in.colour, vec3(0.2126, 0.7152, 0.0722));
    let mark_colour = select(vec3(1.0), vec3(0.02), brightness > 0.30);
    return vec4(mix(in.colour, mark_colour, mark * in.marks.z * 0.42), 1.0);
}
