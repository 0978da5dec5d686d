// What every shader of a network knows: how wide things are drawn at the present zoom.
#define_import_path counterpart::network_map

struct Map {
    // x: clock of the flow marks [s]; y: distance of two marks; z: link under the pointer, w: node; -1 for none.
    motion: vec4<f32>,
    // Pixels of the picture: x thinnest pipe, y widest pipe, z radius of a junction, w height of a symbol.
    size: vec4<f32>,
    // Linear colour of the selection; w: pixels in a point.
    accent: vec4<f32>,
    // Linear colour of what is empty or shut; w: size of minor symbols beside others.
    shell: vec4<f32>,
    // Linear colour behind everything.
    ground: vec4<f32>,
}
