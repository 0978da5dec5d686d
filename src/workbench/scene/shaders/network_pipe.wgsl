// Pipes as ribbons that face the eye and are shaded as if they were round: two
// triangles for each straight piece. Their width is that of a map: in pixels.
#import bevy_pbr::{mesh_functions, view_transformations::position_world_to_clip, mesh_view_bindings::view}
#import counterpart::network_map::Map

struct Pipe {
    // Linear colour at the start; w: width from 0 to 1, above 1 where emphasised.
    start: vec4<f32>,
    // Linear colour at the end; w: strength of the marks.
    end: vec4<f32>,
    // x: marks passed at clock zero; y: marks in a second, below zero from end to start; z: length; w: 1 where closed.
    motion: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> map: Map;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> pipes: array<Pipe>;

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // From the start of the piece to its end.
    @location(1) along: vec3<f32>,
    // x: pipe; y: distance from its start.
    @location(2) place: vec2<f32>,
    // x: side, -1 or 1; y: -1 at the start of the piece, 1 at its end.
    @location(3) corner: vec2<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec3<f32>,
    // x: across, -1 to 1; y: along, in marks; z: strength of the marks; w: width in pixels.
    @location(1) band: vec4<f32>,
    // x: along, in dashes; y: 1 where closed.
    @location(2) state: vec2<f32>,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let pipe = pipes[u32(in.place.x + 0.5)];
    let centre = (world_from_local * vec4(in.position, 1.0)).xyz;
    let along = normalize((world_from_local * vec4(in.along, 0.0)).xyz + vec3(1e-9, 0.0, 0.0));
    let depth = max(position_world_to_clip(centre).w, 1e-6);
    // Length of one pixel there.
    let pixel = 2.0 * depth / (view.clip_from_view[1][1] * view.viewport.w);
    let hovered = abs(map.motion.z - in.place.x) < 0.5;
    // A band thinner than a pixel would be seen in pieces.
    var width = max(mix(map.size.x, map.size.y, pipe.start.w), 1.25);
    width += select(0.0, 2.0 * map.accent.w, hovered);
    let half = width * 0.5 * pixel;
    let to_eye = normalize(view.world_position.xyz - centre);
    let side = normalize(cross(along, to_eye) + vec3(0.0, 1e-9, 0.0));
    // A little longer than it is, so that bends have no gaps.
    let world = centre + side * half * in.corner.x + along * half * 0.55 * in.corner.y;
    let fraction = clamp(in.place.y / max(pipe.motion.z, 1e-9), 0.0, 1.0);
    let forwards = select(1.0, -1.0, pipe.motion.y < 0.0);
    let passed = pipe.motion.x + pipe.motion.y * map.motion.x;
    var out: Varying;
    out.clip = position_world_to_clip(world);
    // Of two pipes at one place the wider one is seen.
    out.clip.z *= 1.0 + 2e-4 * (1.0 + pipe.start.w);
    out.colour = mix(pipe.start.rgb, pipe.end.rgb, fraction);
    out.colour = mix(out.colour, vec3(1.0), select(0.0, 0.25, hovered));
    out.band = vec4(in.corner.x, forwards * (in.place.y / map.motion.y - passed), pipe.end.w, width);
    out.state = vec2(in.place.y / (map.motion.y * 0.16), pipe.motion.w);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    if in.state.y > 0.5 && fract(in.state.x) > 0.5 {
        discard;
    }
    // The middle shows its colour as the legend does; the flanks of a wide pipe are darker.
    let round = sqrt(max(1.0 - in.band.x * in.band.x, 0.0));
    let wide = smoothstep(2.0, 6.0, in.band.w);
    var colour = in.colour * mix(1.0, mix(0.52, 1.0, round), wide);
    // A chevron points where the water goes; on a thin pipe it is a bright dash.
    let place = fract(in.band.y + abs(in.band.x) * 0.10 * wide);
    let soft = fwidth(in.band.y) + 1e-4;
    let mark = smoothstep(0.74 - soft, 0.74 + soft, place) * (1.0 - smoothstep(0.92 - soft, 0.92 + soft, place));
    let fine = 1.0 - smoothstep(0.25, 0.6, soft);
    let brightness = dot(in.colour, vec3(0.2126, 0.7152, 0.0722));
    let mark_colour = select(vec3(1.0), vec3(0.02), brightness > 0.30);
    colour = mix(colour, mark_colour, mark * in.band.z * fine * mix(0.24, 0.42, wide));
    return vec4(colour, 1.0);
}
