// Panels where the processor draws them. Between linear light and the encoded
// values in which egui mixes its colours lie two powers for each pixel; here
// they are polynomials that stay within a step or two of 255 of them.

struct Transform {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) colour: vec4<f32>,
    @location(1) place: vec2<f32>,
}

@group(0) @binding(0) var<uniform> transform: Transform;
@group(1) @binding(0) var picture: texture_2d<f32>;
@group(1) @binding(1) var picture_sampler: sampler;

@vertex
fn vs_main(
    @location(0) position: vec2<f32>,
    @location(1) place: vec2<f32>,
    @location(2) colour: vec4<f32>,
) -> Varying {
    let clip = vec4(position * transform.scale + transform.translation, 0.0, 1.0);
    return Varying(clip, colour, place);
}

fn encoded(linear: vec3<f32>) -> vec3<f32> {
    let half = sqrt(linear);
    let quarter = sqrt(half);
    let eighth = sqrt(quarter);
    return 0.662002687 * half + 0.684122060 * quarter - 0.323583601 * eighth - 0.0225411470 * linear;
}

fn decoded(encoded: vec3<f32>) -> vec3<f32> {
    return encoded * (encoded * (encoded * 0.305306011 + 0.682171111) + 0.012522878);
}

@fragment
fn fs_main(in: Varying) -> @location(0) vec4<f32> {
    let texel = textureSample(picture, picture_sampler, in.place);
    let colour = vec4(encoded(texel.rgb), texel.a) * in.colour;
    return vec4(decoded(colour.rgb), colour.a);
}
