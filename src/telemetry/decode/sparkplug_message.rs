//! The messages of Sparkplug B, as far as they carry readings.
//!
//! After `sparkplug_b.proto` of the Eclipse Sparkplug specification 3.0, 6.4:
//! the numbers are those of the file; what is left out (data sets, templates,
//! metadata) is skipped when it is read.

/// A Sparkplug B payload.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Payload {
    /// When it was sent \[ms since 1970].
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// The metrics.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// Its place in the row of messages of an edge node, 0 to 255.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
}

/// One metric.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Metric {
    /// Its name; only births have to give it.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The number that stands for the name in data messages.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When it was measured \[ms since 1970].
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// Type of the value, see [`DataType`].
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// Whether it is from the past, sent late.
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    /// Whether there is no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// What else is said of it.
    #[prost(message, optional, tag = "9")]
    pub properties: Option<PropertySet>,
    /// The value.
    #[prost(oneof = "MetricValue", tags = "10, 11, 12, 13, 14, 15")]
    pub value: Option<MetricValue>,
}

/// The value of a metric.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum MetricValue {
    /// Whole numbers of up to 32 bits; signed ones in two's complement.
    #[prost(uint32, tag = "10")]
    Int(u32),
    /// Whole numbers of 64 bits; signed ones in two's complement.
    #[prost(uint64, tag = "11")]
    Long(u64),
    /// A number of single precision.
    #[prost(float, tag = "12")]
    Float(f32),
    /// A number of double precision.
    #[prost(double, tag = "13")]
    Double(f64),
    /// A truth value.
    #[prost(bool, tag = "14")]
    Boolean(bool),
    /// A text.
    #[prost(string, tag = "15")]
    Text(String),
}

/// Properties of a metric: keys and values in the same order.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PropertySet {
    /// Names.
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// Values.
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<PropertyValue>,
}

/// The value of a property.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PropertyValue {
    /// Type of the value, see [`DataType`].
    #[prost(uint32, optional, tag = "1")]
    pub datatype: Option<u32>,
    /// Whether there is no value.
    #[prost(bool, optional, tag = "2")]
    pub is_null: Option<bool>,
    /// The value.
    #[prost(oneof = "PropertyContent", tags = "3, 4, 8")]
    pub value: Option<PropertyContent>,
}

/// What a property holds, as far as a quality needs it.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum PropertyContent {
    /// Whole numbers of up to 32 bits.
    #[prost(uint32, tag = "3")]
    Int(u32),
    /// Whole numbers of 64 bits.
    #[prost(uint64, tag = "4")]
    Long(u64),
    /// A text.
    #[prost(string, tag = "8")]
    Text(String),
}

/// Numbers of the types (6.4.16 of the specification) that are signed.
pub struct DataType;

impl DataType {
    /// Eight bits, signed.
    pub const INT8: u32 = 1;
    /// Sixteen bits, signed.
    pub const INT16: u32 = 2;
    /// Thirty-two bits, signed.
    pub const INT32: u32 = 3;
    /// Sixty-four bits, signed.
    pub const INT64: u32 = 4;
    /// Double precision.
    pub const DOUBLE: u32 = 10;
    /// A truth value.
    pub const BOOLEAN: u32 = 11;
}

/// The value as a number; texts have none.
#[must_use]
pub fn number(value: &MetricValue, datatype: Option<u32>) -> Option<f64> {
    Some(match (value, datatype) {
        // The lowest bits count: senders extend the sign or do not.
        (MetricValue::Int(bits), Some(DataType::INT8)) => f64::from(*bits as u8 as i8),
        (MetricValue::Int(bits), Some(DataType::INT16)) => f64::from(*bits as u16 as i16),
        (MetricValue::Int(bits), Some(DataType::INT32)) => f64::from(*bits as i32),
        (MetricValue::Int(bits), _) => f64::from(*bits),
        (MetricValue::Long(bits), Some(DataType::INT8 | DataType::INT16 | DataType::INT32)) => {
            *bits as i64 as f64
        }
        (MetricValue::Long(bits), Some(DataType::INT64)) => *bits as i64 as f64,
        (MetricValue::Long(bits), _) => *bits as f64,
        (MetricValue::Float(value), _) => f64::from(*value),
        (MetricValue::Double(value), _) => *value,
        (MetricValue::Boolean(on), _) => f64::from(u8::from(*on)),
        (MetricValue::Text(_), _) => return None,
    })
}
