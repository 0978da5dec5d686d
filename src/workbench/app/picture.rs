//! Pictures as PNG files that say where they come from.

use std::io::Write as _;
use std::path::Path;

use bevy::image::Image;

use crate::twin::write_atomically;

/// An RGB picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width [pixels].
    pub width: u32,
    /// Height [pixels].
    pub height: u32,
    /// Red, green and blue of each pixel, row by row from the top.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// The picture that the renderer handed back.
    ///
    /// # Errors
    /// In words, when its format is not one of those screens have.
    pub fn from_image(image: Image) -> Result<Self, String> {
        let (width, height) = (image.width(), image.height());
        let image = image
            .try_into_dynamic()
            .map_err(|error| format!("the picture cannot be read back: {error}"))?;
        Ok(Self {
            width,
            height,
            rgb: image.to_rgb8().into_raw(),
        })
    }

    /// The part of it at x, y with this width and height [pixels], as far as it lies inside.
    #[must_use]
    pub fn part(&self, [x, y, width, height]: [u32; 4]) -> Self {
        let (x, y) = (x.min(self.width), y.min(self.height));
        let (width, height) = (width.min(self.width - x), height.min(self.height - y));
        let rgb = (y..y + height)
            .flat_map(|row| {
                let start = (row as usize * self.width as usize + x as usize) * 3;
                &self.rgb[start..start + width as usize * 3]
            })
            .copied()
            .collect();
        Self { width, height, rgb }
    }

    /// The picture as a PNG file, with `lines` of provenance in a text chunk.
    ///
    /// # Errors
    /// In words, when it has no pixels.
    pub fn to_png(&self, lines: &[String]) -> Result<Vec<u8>, String> {
        let failed = |error: png::EncodingError| format!("the picture cannot be encoded: {error}");
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder
            .add_itxt_chunk("Comment".to_owned(), lines.join("\n"))
            .and_then(|()| encoder.add_text_chunk("Software".to_owned(), "Counterpart".to_owned()))
            .map_err(failed)?;
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }

    /// Writes it as a PNG file.
    ///
    /// # Errors
    /// In words, when the file cannot be written.
    pub fn write(&self, path: &Path, lines: &[String]) -> Result<(), String> {
        let bytes = self.to_png(lines)?;
        write_atomically(path, |out| out.write_all(&bytes)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture {
            width: 3,
            height: 2,
            rgb: (0..18).collect(),
        }
    }

    #[test]
    fn a_part_is_cut_out_and_never_reaches_outside() {
        let part = picture().part([1, 1, 10, 10]);
        assert_eq!((part.width, part.height), (2, 1));
        assert_eq!(part.rgb, (12..18).collect::<Vec<u8>>());
        assert_eq!(picture().part([9, 9, 1, 1]).rgb.len(), 0);
    }

    #[test]
    fn a_png_carries_its_provenance_and_comes_back_as_it_was() {
        let lines = vec!["twin: tclab 1.0.0".to_owned(), "room: 23 °C".to_owned()];
        let bytes = picture().to_png(&lines).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        let mut reader = decoder.read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgb).unwrap();
        assert_eq!(rgb, picture().rgb);
        let text = &reader.info().utf8_text[0];
        assert_eq!(text.get_text().unwrap(), lines.join("\n"));
    }
}
