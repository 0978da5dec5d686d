//! Payloads as plants send them: right, odd and hostile.

use std::sync::Arc;

use proptest::prelude::*;
use prost::Message as _;

use super::sparkplug_message::{
    Metric, MetricValue, Payload as SparkplugPayload, PropertyContent, PropertySet, PropertyValue,
};
use super::*;
use crate::quantity::Unit;
use crate::telemetry::sample::SourceQuality;
use crate::telemetry::tests::heater;
use crate::twin::QualityMeaning;

/// 2024-01-01T00:01:30Z, ninety seconds after the twin's epoch.
const NOW_MILLISECONDS: u64 = 1_704_067_290_000;

fn at(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds).expect("a time")
}

/// Channels `Q1` (0, in percent) and `T1` (1, in degrees Celsius, also `tag/7`).
fn directory() -> Arc<Directory> {
    let (mut twin, variables) = heater();
    let contract = &mut twin.channels[1].contract;
    contract.aliases.push("tag/7".to_owned());
    contract
        .quality_codes
        .insert("substituted".to_owned(), QualityMeaning::Bad);
    Arc::new(Directory::new(Arc::new(twin), Arc::new(variables)))
}

fn binding(channel: &str, topic: &str, value: &str) -> Binding {
    Binding {
        channel: channel.to_owned(),
        topic: topic.to_owned(),
        value: value.to_owned(),
        time: String::new(),
        sequence: String::new(),
        quality: String::new(),
        unit: None,
    }
}

fn decode(payload: Payload, bindings: &[Binding], topic: &str, text: &[u8]) -> Decoded {
    let mut decoder = Decoder::new(payload, directory(), bindings).expect("bindings");
    let mut decoded = Decoded::default();
    decoder.decode(topic, text, at(1000.0), &mut decoded);
    decoded
}

/// The one reading of a payload that has nothing else.
fn only(decoded: &Decoded) -> Reading {
    assert_eq!(decoded.messages.len(), 1, "{decoded:?}");
    assert_eq!(decoded.unmatched, 0, "{decoded:?}");
    *decoded.messages[0].reading().expect("a reading")
}

/// The reason of the one part that cannot be read.
fn reason(decoded: &Decoded) -> String {
    assert_eq!(decoded.readings().count(), 0, "{decoded:?}");
    let all: Vec<_> = decoded.undecodables().collect();
    assert_eq!(all.len(), 1, "{decoded:?}");
    all[0].reason.clone()
}

fn close(value: f64, celsius: f64) {
    assert!((value - (celsius + 273.15)).abs() < 1e-9, "{value}");
}

#[test]
fn json_without_bindings_is_read_by_the_name_of_its_topic() {
    let document = br#"{"value": 21.5, "time": "2024-01-01T00:01:30Z", "sequence": 7,
        "quality": 192, "unit": "degC", "more": [1]}"#;
    let reading = only(&decode(Payload::Json, &[], "plant/T1", document));
    assert_eq!(reading.channel, 1);
    assert_eq!(reading.time, Some(at(90.0)));
    assert_eq!(reading.received, at(1000.0));
    assert_eq!(reading.source_sequence, Some(7));
    assert_eq!(reading.quality, SourceQuality::Sparkplug(192));
    close(reading.value, 21.5);
    // An alias may be a whole topic.
    assert_eq!(only(&decode(Payload::Json, &[], "tag/7", b"3")).channel, 1);
}

#[test]
fn json_of_several_channels_is_one_reading_each() {
    let document =
        br#"{"samples": [{"channel": "Q1", "value": 50}, {"T1": 20, "Q1": 10}, [true]]}"#;
    let decoded = decode(Payload::Json, &[], "Q1", document);
    let values: Vec<_> = decoded
        .readings()
        .map(|reading| (reading.channel, reading.value))
        .collect();
    assert_eq!(values[0], (0, 0.5));
    assert!(values.contains(&(0, 0.1)));
    // What names no channel is of the topic's.
    assert_eq!(values[3], (0, 0.01));
    assert_eq!(values.len(), 4, "{decoded:?}");
    let unknown = decode(
        Payload::Json,
        &[],
        "x",
        br#"[{"channel": "T9", "value": 1}, 5]"#,
    );
    assert_eq!(unknown.unmatched, 2);
    assert_eq!(unknown.unmatched_example.as_deref(), Some("T9"));
}

#[test]
fn json_pointers_lead_to_value_time_sequence_quality_and_unit() {
    let mut bound = binding("T1", "site/+/state", "/data/0/a~1b");
    bound.time = "/ts".to_owned();
    bound.sequence = "/n".to_owned();
    bound.quality = "/q".to_owned();
    bound.unit = Some(Unit::known("[degF]"));
    let document =
        br#"{"data": [{"a/b": "68"}], "ts": 1704067290000, "n": "9", "q": "substituted"}"#;
    let reading = only(&decode(
        Payload::Json,
        &[bound.clone()],
        "site/3/state",
        document,
    ));
    close(reading.value, 20.0);
    assert_eq!(reading.time, Some(at(90.0)));
    assert_eq!(reading.source_sequence, Some(9));
    assert_eq!(reading.quality, SourceQuality::OpcUa(0x8000_0000));
    let elsewhere = decode(Payload::Json, &[bound.clone()], "site/state", document);
    assert_eq!(elsewhere.unmatched, 1);
    let missing = decode(Payload::Json, &[bound], "site/3/state", br#"{"data": []}"#);
    assert!(reason(&missing).contains("nothing at `/data/0/a~1b`"));
}

#[test]
fn json_that_holds_no_usable_number_says_why() {
    for (document, expected) in [
        (&b"{\"value\": null}"[..], "no finite number"),
        (b"{\"value\": [1]}", "no finite number"),
        (b"{\"value\": \"warm\"}", "no finite number"),
        (b"{\"value\": 1, \"time\": \"noon\"}", "no time"),
        (b"{\"value\": 1, \"time\": 1e300}", "292 years"),
        (b"{\"value\": 1, \"sequence\": -1}", "no sequence number"),
        (b"{\"value\": 1, \"unit\": \"kg\"}", "does not fit"),
        (b"{\"value\": 1, \"unit\": 5}", "no unit"),
        (b"{\"value\": ", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
    ] {
        let told = reason(&decode(Payload::Json, &[], "T1", document));
        assert!(told.contains(expected), "{told}");
    }
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert!(reason(&decode(Payload::Json, &[], "T1", &deep)).contains("not JSON"));
}

#[test]
fn a_quality_that_is_not_understood_makes_the_sample_uncertain_and_is_noted() {
    let decoded = decode(
        Payload::Json,
        &[],
        "T1",
        br#"{"value": 1, "quality": "rather nice"}"#,
    );
    let reading = decoded.readings().next().expect("a reading");
    assert_eq!(reading.quality, SourceQuality::OpcUa(0x4000_0000));
    assert_eq!(decoded.undecodables().count(), 1);
}

#[test]
fn quality_texts_are_read_back() {
    let directory = directory();
    for quality in [
        SourceQuality::None,
        SourceQuality::OpcUa(0),
        SourceQuality::OpcUa(0x808A_0000),
        SourceQuality::Sparkplug(0),
        SourceQuality::Sparkplug(500),
        SourceQuality::Sparkplug(-1),
    ] {
        let text = quality_text(quality);
        assert_eq!(quality::read(&text, 1, &directory), Ok(quality), "{text}");
    }
}

#[test]
fn a_bare_number_is_the_value_of_its_topic() {
    close(
        only(&decode(Payload::Number, &[], "a/T1", b" 21.5\n")).value,
        21.5,
    );
    let told = reason(&decode(Payload::Number, &[], "T1", b"NaN"));
    assert!(told.contains("no finite number"));
    let bindings = [binding("Q1", "pump/#", "")];
    assert_eq!(
        only(&decode(Payload::Number, &bindings, "pump/a/b", b"25")).value,
        0.25
    );
    assert_eq!(
        decode(Payload::Number, &bindings, "fan", b"25").unmatched,
        1
    );
}

#[test]
fn line_protocol_finds_channels_by_measurement_tag_and_field() {
    for line in [
        "T1 value=21.5 1704067290000000000",
        "room,sensor=T1 value=21.5 1704067290000000000",
        "room,sensor=x T1=21.5 1704067290000000000",
        "tag,id=7 v=21.5 1704067290000000000",
        "heater.temperature v=21.5 1704067290000000000",
        "s,channel=T1,unit=Cel value=21.5,sequence=4u,quality=\"good\" 1704067290000000000",
    ] {
        let reading = only(&decode(Payload::LineProtocol, &[], "", line.as_bytes()));
        assert_eq!(reading.channel, 1, "{line}");
        assert_eq!(reading.time, Some(at(90.0)), "{line}");
        close(reading.value, 21.5);
    }
    // A measurement of several fields is no channel by itself.
    let decoded = decode(Payload::LineProtocol, &[], "", b"T1 min=1,max=2");
    assert_eq!((decoded.messages.len(), decoded.unmatched), (0, 2));
}

#[test]
fn line_protocol_is_bound_by_measurement_tags_and_field() {
    let mut bound = binding("T1", "weather/oslo", "temp");
    bound.unit = Some(Unit::known("K"));
    let text = b"weather,city=oslo temp=300,wind=2\nweather,city=rome temp=310\n";
    let decoded = decode(Payload::LineProtocol, &[bound], "", text);
    assert_eq!(decoded.readings().count(), 1, "{decoded:?}");
    assert_eq!(decoded.readings().next().map(|one| one.value), Some(300.0));
    assert_eq!(decoded.unmatched, 2);
}

#[test]
fn the_precision_of_line_protocol_is_the_senders() {
    let mut decoder = Decoder::new(Payload::LineProtocol, directory(), &[]).expect("a decoder");
    decoder.set_precision(Precision::Seconds);
    let mut decoded = Decoded::default();
    decoder.decode("", b"T1 value=1 1704067290", at(0.0), &mut decoded);
    assert_eq!(only(&decoded).time, Some(at(90.0)));
}

#[test]
fn lines_that_cannot_be_read_do_not_spoil_the_others() {
    let text = b"T1 value=1\nnonsense\nT1 value=\"warm\"\n\xff\xff=1\nT1 value=2\n";
    let decoded = decode(Payload::LineProtocol, &[], "", text);
    assert_eq!(decoded.readings().count(), 2, "{decoded:?}");
    assert_eq!(decoded.undecodables().count(), 3, "{decoded:?}");
}

fn metric(name: Option<&str>, alias: Option<u64>, value: MetricValue) -> Metric {
    Metric {
        name: name.map(str::to_owned),
        alias,
        timestamp: Some(NOW_MILLISECONDS),
        datatype: None,
        is_historical: None,
        is_null: None,
        properties: None,
        value: Some(value),
    }
}

fn message(seq: u64, metrics: Vec<Metric>) -> Vec<u8> {
    SparkplugPayload {
        timestamp: Some(NOW_MILLISECONDS + 500),
        metrics,
        seq: Some(seq),
    }
    .encode_to_vec()
}

struct Plant {
    decoder: Decoder,
}

impl Plant {
    fn new() -> Self {
        Self {
            decoder: Decoder::new(Payload::Sparkplug, directory(), &[]).expect("a decoder"),
        }
    }

    fn says(&mut self, kind: &str, payload: &[u8]) -> Decoded {
        let mut decoded = Decoded::default();
        let topic = match kind.strip_prefix('D') {
            Some(_) => format!("spBv1.0/site/{kind}/node/device"),
            None => format!("spBv1.0/site/{kind}/node"),
        };
        self.decoder
            .decode(&topic, payload, at(1000.0), &mut decoded);
        decoded
    }
}

#[test]
fn sparkplug_aliases_are_learned_from_births() {
    let mut plant = Plant::new();
    let before = plant.says(
        "DDATA",
        &message(0, vec![metric(None, Some(7), MetricValue::Double(20.0))]),
    );
    assert!(reason(&before).contains("no birth"));
    plant.says("NBIRTH", &message(0, vec![]));
    let born = plant.says(
        "DBIRTH",
        &message(
            1,
            vec![metric(Some("Inputs/T1"), Some(7), MetricValue::Float(20.0))],
        ),
    );
    close(only(&born).value, 20.0);
    assert_eq!(only(&born).time, Some(at(90.0)));
    let data = plant.says(
        "DDATA",
        &message(2, vec![metric(None, Some(7), MetricValue::Int(21))]),
    );
    assert!(data.gaps.is_empty());
    close(only(&data).value, 21.0);
    // A new birth of the node forgets what the old one said.
    plant.says("NBIRTH", &message(0, vec![]));
    let after = plant.says(
        "DDATA",
        &message(1, vec![metric(None, Some(7), MetricValue::Int(21))]),
    );
    assert!(reason(&after).contains("no birth"));
}

#[test]
fn sparkplug_numbers_run_to_255_and_gaps_between_them_are_told() {
    let mut plant = Plant::new();
    assert!(plant.says("NBIRTH", &message(0, vec![])).gaps.is_empty());
    for number in 1..=255 {
        assert!(
            plant
                .says("NDATA", &message(number, vec![]))
                .gaps
                .is_empty()
        );
    }
    assert!(plant.says("NDATA", &message(0, vec![])).gaps.is_empty());
    let gap = plant.says("NDATA", &message(5, vec![])).gaps;
    assert_eq!(
        gap,
        [SequenceGap {
            node: "site/node".to_owned(),
            expected: 1,
            found: 5,
        }]
    );
    assert_eq!((gap[0].last(), gap[0].count()), (4, 4));
    assert!(plant.says("NDATA", &message(6, vec![])).gaps.is_empty());
    // Over the end of the row of numbers: 254, 255, 0 and 1 are missing.
    for number in 7..=253 {
        plant.says("NDATA", &message(number, vec![]));
    }
    let gap = plant.says("NDATA", &message(2, vec![])).gaps;
    assert_eq!(
        gap[0].to_string(),
        "messages 254 to 1 of `site/node` did not come, 4 of them"
    );
}

#[test]
fn a_sparkplug_node_is_asked_once_for_what_its_birth_would_say() {
    let mut plant = Plant::new();
    let unknown = || message(9, vec![metric(None, Some(7), MetricValue::Int(21))]);
    assert_eq!(plant.says("NDATA", &unknown()).rebirths, ["site/node"]);
    // It has time to answer.
    let next = message(10, vec![metric(None, Some(7), MetricValue::Int(21))]);
    assert!(plant.says("NDATA", &next).rebirths.is_empty());
    let birth = message(0, vec![metric(Some("T1"), Some(7), MetricValue::Int(21))]);
    assert!(plant.says("NBIRTH", &birth).rebirths.is_empty());
    let known = message(1, vec![metric(None, Some(7), MetricValue::Int(22))]);
    assert!(plant.says("NDATA", &known).rebirths.is_empty());
    assert_eq!(plant.says("NDATA", &unknown()).rebirths, ["site/node"]);
    // The dead are not asked; who comes back says who it is.
    assert!(plant.says("NDEATH", &[]).rebirths.is_empty());
}

#[test]
fn a_sparkplug_death_makes_the_last_values_stale_once() {
    let mut plant = Plant::new();
    plant.says("NBIRTH", &message(0, vec![]));
    plant.says(
        "DBIRTH",
        &message(1, vec![metric(Some("T1"), None, MetricValue::Double(20.0))]),
    );
    let dead = plant.says("DDEATH", &message(2, vec![]));
    let reading = only(&dead);
    assert_eq!(reading.quality, SourceQuality::Sparkplug(500));
    assert_eq!((reading.time, reading.received), (None, at(1000.0)));
    close(reading.value, 20.0);
    assert!(plant.says("NDEATH", &[]).messages.is_empty());
}

#[test]
fn sparkplug_types_null_values_and_qualities_are_understood() {
    let mut plant = Plant::new();
    plant.says("NBIRTH", &message(0, vec![]));
    let mut signed = metric(Some("T1"), None, MetricValue::Int(-5_i32 as u32));
    signed.datatype = Some(3);
    signed.properties = Some(PropertySet {
        keys: vec!["Unit".to_owned(), "Quality".to_owned()],
        values: vec![
            PropertyValue {
                datatype: Some(12),
                is_null: None,
                value: Some(PropertyContent::Text("degC".to_owned())),
            },
            PropertyValue {
                datatype: Some(3),
                is_null: None,
                value: Some(PropertyContent::Int(500)),
            },
        ],
    });
    let read = plant.says("NDATA", &message(1, vec![signed]));
    close(only(&read).value, -5.0);
    assert_eq!(only(&read).quality, SourceQuality::Sparkplug(500));

    let mut null = metric(Some("T1"), None, MetricValue::Int(0));
    null.is_null = Some(true);
    assert!(reason(&plant.says("NDATA", &message(2, vec![null]))).contains("null"));
    let text = metric(Some("T1"), None, MetricValue::Text("warm".to_owned()));
    assert!(reason(&plant.says("NDATA", &message(3, vec![text]))).contains("number"));
    let odd = plant.says("NDATA", b"\x12\xff\xff\xff\xff\x0f");
    assert!(reason(&odd).contains("no Sparkplug B payload"));
}

#[test]
fn a_message_as_the_reference_library_writes_it_is_read() {
    // Written by hand after the encoding rules, not by our own code: timestamp
    // 1704067290000 ms, one metric `T1` of type Double (10) and value 21.5, seq 3.
    let mut metric: Vec<u8> = vec![0x0a, 2, b'T', b'1'];
    metric.extend([0x18]);
    metric.extend([0x90, 0xa7, 0xcd, 0x92, 0xcc, 0x31]);
    metric.extend([0x20, 10, 0x69]);
    metric.extend(21.5_f64.to_le_bytes());
    let mut payload = vec![
        0x08,
        0x90,
        0xa7,
        0xcd,
        0x92,
        0xcc,
        0x31,
        0x12,
        metric.len() as u8,
    ];
    payload.extend(&metric);
    payload.extend([0x18, 3]);
    let decoded = Plant::new().says("NDATA", &payload);
    close(only(&decoded).value, 21.5);
}

fn csv(text: &str) -> Decoded {
    decode(Payload::Csv, &[], "file", text.as_bytes())
}

#[test]
fn csv_is_read_wide_with_units_gaps_and_other_delimiters() {
    let decoded = csv("time;T1 [degF];Q1\n90;68;50\n91;;\"60,5\"\n");
    let readings: Vec<_> = decoded.readings().copied().collect();
    assert_eq!(readings.len(), 3, "{decoded:?}");
    close(readings[0].value, 20.0);
    assert_eq!(readings[0].time, Some(at(90.0)));
    assert_eq!((readings[2].channel, readings[2].value), (0, 0.605));
}

#[test]
fn csv_is_read_long_with_reception_sequence_and_quality() {
    let decoded = csv("received,time,channel,value,unit,sequence,quality\n\
         2024-01-01T00:01:31Z,2024-01-01T00:01:30Z,T1,68,degF,7,192\n\
         92,91,Q1,50,,,\n\
         93,92,nowhere,50,,,\n\
         94,93,T1,68,kg,,\n\
         95,94,T1,warm,,,\n\
         96,95,T1\n");
    let readings: Vec<_> = decoded.readings().copied().collect();
    assert_eq!(readings.len(), 2, "{decoded:?}");
    close(readings[0].value, 20.0);
    assert_eq!(readings[0].received, at(91.0));
    assert_eq!(readings[0].time, Some(at(90.0)));
    assert_eq!(readings[0].source_sequence, Some(7));
    assert_eq!(readings[0].quality, SourceQuality::Sparkplug(192));
    assert_eq!(
        (readings[1].received, readings[1].time),
        (at(92.0), Some(at(91.0)))
    );
    assert_eq!(decoded.unmatched, 1);
    let refused: Vec<_> = decoded.undecodables().collect();
    assert_eq!(refused.len(), 3, "{decoded:?}");
    assert!(refused[0].place.ends_with("line 5"), "{}", refused[0].place);
}

#[test]
fn csv_whose_header_has_no_channel_is_refused_as_a_whole() {
    assert!(reason(&csv("a,b\n1,2\n")).contains("no time column"));
    assert!(reason(&csv("")).contains("empty"));
    let quoted = format!("time,T1\n0,\"{}", "1\n".repeat(600_000));
    assert!(reason(&csv(&quoted)).contains("quotation"));
    let wide = format!("time{}\n", ",T1".repeat(1_000_000));
    assert!(reason(&csv(&wide)).contains("longer than"));
}

#[test]
fn a_binding_that_cannot_be_used_is_refused_with_its_number() {
    let error = |bindings: &[Binding]| {
        Decoder::new(Payload::Json, directory(), bindings)
            .expect_err("a problem")
            .to_string()
    };
    assert!(error(&[binding("T9", "", "")]).contains("no channel `T9`"));
    let second = error(&[binding("T1", "", ""), binding("T1", "", "value")]);
    assert!(second.starts_with("binding 2") && second.contains("JSON pointer"));
    assert!(error(&[binding("T1", "a/#/b", "")]).contains("topic pattern"));
    let mut wrong = binding("T1", "", "");
    wrong.unit = Some(Unit::known("kg"));
    assert!(error(&[wrong]).contains("does not fit"));
}

proptest! {
    #[test]
    fn csv_gives_the_same_in_pieces_of_any_size(
        rows in proptest::collection::vec((0_u32..1000, -50.0_f64..150.0), 1..30),
        cuts in proptest::collection::vec(1_usize..40, 1..50),
        quoted in any::<bool>(),
    ) {
        let quote = if quoted { "\"" } else { "" };
        let mut text = "time,T1,note\r\n".to_owned();
        for (time, value) in &rows {
            text.push_str(&format!("{time},{quote}{value}{quote},\"a, \"\"b\"\"\"\r\n"));
        }
        let directory = directory();
        let mut whole = Decoded::default();
        let mut reader = CsvRows::new("file", Vec::new());
        reader.push(text.as_bytes(), Received::WhenMeasured, &directory, &mut whole).expect("rows");
        prop_assert_eq!(whole.readings().count(), rows.len());
        for (reading, (time, value)) in whole.readings().zip(&rows) {
            prop_assert_eq!(reading.time, Some(at(f64::from(*time))));
            prop_assert_eq!(reading.received, at(f64::from(*time)));
            prop_assert!((reading.value - value - 273.15).abs() < 1e-9);
        }
        let mut pieces = Decoded::default();
        let mut reader = CsvRows::new("file", Vec::new());
        let mut rest = text.as_bytes();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            reader.push(piece, Received::WhenMeasured, &directory, &mut pieces).expect("rows");
            rest = after;
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused_by_every_decoder(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        topic in "(T1|spBv1.0/g/[ND](BIRTH|DATA|DEATH)/n(/d)?|[a-z/]{0,8})",
    ) {
        for payload in [
            Payload::Json, Payload::Number, Payload::LineProtocol, Payload::Sparkplug, Payload::Csv,
        ] {
            let decoded = decode(payload, &[], &topic, &bytes);
            prop_assert!(decoded.readings().all(|reading| reading.value.is_finite()));
        }
    }

    #[test]
    fn any_sparkplug_message_is_decoded_or_refused(
        numbers in proptest::collection::vec(any::<u64>(), 1..6),
        value in any::<f64>(),
        cut in 0_usize..60,
        null in any::<bool>(),
    ) {
        let mut plant = Plant::new();
        for number in numbers {
            let mut one = metric(Some("T1"), Some(number % 4), MetricValue::Double(value));
            one.is_null = Some(null);
            one.timestamp = Some(number);
            let payload = message(number, vec![one]);
            for kind in ["NBIRTH", "DDATA", "NDEATH"] {
                let decoded = plant.says(kind, &payload[..payload.len() - cut.min(payload.len())]);
                prop_assert!(decoded.readings().all(|reading| reading.value.is_finite()));
            }
        }
    }

    #[test]
    fn any_json_with_known_names_is_decoded_or_refused(
        document in r#"[\[\]{}":,tTvQ1e0-9. ]{0,60}|\{"(value|T1|samples|time)":(\[|\{)?"?[0-9a-zZT:.-]{0,12}"?(\]|\})?\}"#
    ) {
        let decoded = decode(Payload::Json, &[], "T1", document.as_bytes());
        prop_assert!(decoded.readings().all(|reading| reading.value.is_finite()));
    }
}
