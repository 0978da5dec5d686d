//! A person gets the contract of a channel, a source or a balance wrong, and is
//! told where and what to do.

#[path = "support/finding.rs"]
mod finding;
#[path = "support/plate.rs"]
mod plate;

use counterpart::twin::{
    self, Aggregation, Connection, Contract, Evolution, OnFailure, QualityMeaning, Severity,
};
use plate::{GOOD, changed, loaded, report_of};

const CHANNEL: &str = "role: Measurement, period: \"1 s\"";

/// The document with this contract for its temperature.
fn with_contract(contract: &str) -> String {
    changed(&[(
        CHANNEL,
        &format!("{CHANNEL}, range: (\"-40 Cel\", \"150 Cel\"), contract: ({contract})"),
    )])
}

/// The document with these fields after its channels.
fn with_fields(fields: &str) -> String {
    changed(&[(
        "    uncertainties: [",
        &format!("    {fields}\n    uncertainties: ["),
    )])
}

fn expect(severity: Severity, marked: &str, message: &str, hint: &str) {
    finding::expect_finding(report_of, severity, marked, message, hint);
}

fn contract_error(contract: &str, message: &str, hint: &str) {
    expect(Severity::Error, &with_contract(contract), message, hint);
}

fn field_error(fields: &str, message: &str, hint: &str) {
    expect(Severity::Error, &with_fields(fields), message, hint);
}

#[test]
fn a_whole_contract_loads_and_saves_as_it_stands() {
    let text = with_contract(
        "jitter: \"100 ms\", lateness: \"10 s\", operational: (\"10 Cel\", \"80 Cel\"), \
         rate: \"2 K/s\", resolution: \"0.1 K\", stuck: \"5 min\", drift: \"1.5 K\", \
         aggregation: Linear, quality_codes: {\"193\": Uncertain, \"0x80000000\": Good}, \
         on_failure: Quarantine, aliases: [\"TT-101\"]",
    );
    let loaded = loaded(&text);
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let contract = &loaded.twin.channels[1].contract;
    assert_eq!(contract.aggregation, Aggregation::Linear);
    assert_eq!(contract.on_failure, OnFailure::Quarantine);
    assert_eq!(contract.quality_codes["193"], QualityMeaning::Uncertain);
    assert_eq!(contract.rate.as_ref().map(|one| one.si()), Some(2.0));
    assert_eq!(loaded.twin.channels[0].contract, Contract::default());
    let mut changed = (*loaded.twin).clone();
    changed.version = "2".into();
    let saved = twin::document_text(&changed, Some(&text)).expect("a text");
    assert_eq!(*plate::loaded(&saved.text).twin, changed);
    let new = twin::document_text(&changed, None).expect("a text");
    assert_eq!(*plate::loaded(&new.text).twin, changed);
}

#[test]
fn sources_evolution_and_balances_load_and_save() {
    let text = with_fields(
        "sources: [
            (id: \"log\", connection: File(path: \"live.csv\")),
            (id: \"drop\", connection: Folder(path: \"/var/plant\")),
            (id: \"broker\", connection: Mqtt(url: \"mqtts://plant.example:8883\", topics: [\"plant/+/state\", \"#\"], version_5: true, user: \"twin\", password_variable: \"PLANT_PASSWORD\"),
             bindings: [(channel: \"T\", topic: \"plant/1/state\", value: \"/reading/value\", time: \"/t\", unit: \"[degF]\")]),
            (id: \"push\", connection: HttpPush(listen: \"127.0.0.1:8086\")),
            (id: \"program\", connection: Process(command: [\"read\", \"-v\"], payload: Csv)),
        ],
        evolution: [Renamed(from: \"T\", to: \"T_new\"), Unit(column: \"T_new\", unit: \"K\"), Added(column: \"spare\"), Removed(column: \"Q\")],
        balances: [(id: \"twice\", terms: {\"T\": 1.0, \"Q\": -1.0}, tolerance: \"1 K\")],",
    );
    // A temperature and a share cannot be added; all the rest is good.
    let report = report_of(&text);
    assert_eq!(report.diagnostics().len(), 1, "{report}");
    assert!(
        report.to_string().contains("they cannot be added"),
        "{report}"
    );
    let text = text.replace("\"Q\": -1.0", "\"U\": -1.0").replace(
        "(id: \"T\", variable",
        "(id: \"U\", variable: \"body.temperature\", unit: \"Cel\", role: Measurement), (id: \"T\", variable",
    );
    let loaded = loaded(&text);
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.twin.sources.len(), 5);
    assert!(matches!(
        &loaded.twin.sources[2].connection,
        Connection::Mqtt {
            version_5: true,
            ..
        }
    ));
    assert!(matches!(&loaded.twin.evolution[0], Evolution::Renamed { to, .. } if to == "T_new"));
    let new = twin::document_text(&loaded.twin, None).expect("a text");
    assert_eq!(*plate::loaded(&new.text).twin, *loaded.twin);
}

#[test]
fn durations_of_a_contract_are_sensible() {
    contract_error("jitter: «\"-1 s\"»", "the jitter", "or leave it out");
    contract_error("lateness: «\"-1 s\"»", "the lateness", "or leave it out");
    contract_error("stuck: «\"0 s\"»", "stuck limit", "or leave it out");
    contract_error(
        "stuck: «\"500 ms\"»",
        "shorter than the period 1 s",
        "two periods",
    );
    expect(
        Severity::Warning,
        &with_contract("jitter: «\"1 s\"»"),
        "never noticed",
        "below the period",
    );
}

#[test]
fn limits_of_a_contract_are_differences_of_the_right_dimension_above_zero() {
    contract_error("rate: «\"2 K\"»", "cannot be in `K`", "K/s");
    contract_error("rate: «\"-2 K/s\"»", "cannot be", "above zero");
    contract_error("resolution: «\"0.1 Cel\"»", "is a difference", "write `K`");
    contract_error("resolution: «\"0.1 W\"»", "cannot be in `W`", "Cel");
    contract_error("drift: «\"0 K\"»", "cannot be", "above zero");
    contract_error(
        "operational: «(\"30 Cel\", \"20 Cel\")»",
        "holds no value",
        "low end first",
    );
    contract_error(
        "operational: «(\"-50 Cel\", \"20 Cel\")»",
        "out of the physical range",
        "widen `range`",
    );
    contract_error("operational: («\"1 W\"», \"20 Cel\")", "cannot be", "Cel");
}

#[test]
fn words_of_a_contract_are_held_against_the_format() {
    contract_error(
        "aggregation: «Sum»",
        "`Sum` is not an aggregation",
        "write one of",
    );
    contract_error("on_failure: «Dorp»", "is not", "`Drop`");
    contract_error(
        "«lateness_»: \"1 s\"",
        "is not a field",
        "did you mean `lateness`",
    );
    contract_error("quality_codes: {\"1\": «Fine»}", "is not", "Good");
    contract_error(
        "aliases: [«\"Q\"»]",
        "names channel `Q` too",
        "one of the two",
    );
    contract_error("aliases: [«\"\"»]", "empty", "remove");
}

#[test]
fn a_counter_has_the_unit_of_its_rate_times_time() {
    let counting = |unit: &str, inside: &str| {
        changed(&[(
            "unit: \"Cel\", role: Measurement, period: \"1 s\"",
            &format!("unit: {unit}, role: Measurement, contract: (aggregation: Total({inside}))"),
        )])
    };
    assert!(
        report_of(&counting("\"K.s\"", "rollover: \"100 K.s\""))
            .diagnostics()
            .is_empty()
    );
    let error =
        |text: &str, message: &str, hint: &str| expect(Severity::Error, text, message, hint);
    error(&counting("«\"Cel\"»", ""), "cannot be in `Cel`", "s.K");
    error(
        &counting("\"K.s\"", "rollover: «\"0 K.s\"»"),
        "cannot be",
        "above zero",
    );
}

#[test]
fn sources_can_be_reached() {
    let mqtt = |inside: &str| format!("sources: [(id: \"b\", connection: Mqtt({inside}))],");
    field_error(
        &mqtt("url: «\"tcp://host\"», topics: [\"a\"]"),
        "no address of an MQTT broker",
        "mqtts://",
    );
    field_error(
        &mqtt("url: «\"mqtt://me:secret@host\"», topics: [\"a\"]"),
        "do not stand in the url",
        "password_variable",
    );
    field_error(
        &mqtt("url: «\"mqtt://host:x\"», topics: [\"a\"]"),
        "no host",
        "1883",
    );
    field_error(
        &mqtt("url: \"mqtt://host\", topics: «[]»"),
        "no topic",
        "plant/#",
    );
    field_error(
        &mqtt("url: \"mqtt://[::1]:1883\", topics: [«\"a/#/b\"»]"),
        "follows `#`",
        "at the end",
    );
    field_error(
        &mqtt("url: \"mqtt://host\", topics: [«\"a/b+\"»]"),
        "alone",
        "one level",
    );
    field_error(
        &mqtt(
            "url: \"mqtt://host\", topics: [\"a\"], user: \"u\", password_variable: «\"s3cret!\"»",
        ),
        "not the name of an environment variable",
        "the secret itself",
    );
    field_error(
        "sources: [(id: \"p\", connection: HttpPush(listen: «\"8086\"»))],",
        "no address to listen at",
        "127.0.0.1:8086",
    );
    field_error(
        "sources: [(id: \"p\", connection: Process(command: «[]»))],",
        "no program",
        "arguments",
    );
    field_error(
        "sources: [(id: \"p\", connection: File(path: «\"\"»))],",
        "empty",
        "name a file",
    );
    field_error(
        "sources: [(id: \"p\", connection: File(path: \"a\")), (id: «\"p\"», connection: File(path: \"b\"))],",
        "two sources have the id `p`",
        "another id",
    );
}

#[test]
fn bindings_lead_to_channels() {
    let binding = |inside: &str| {
        format!(
            "sources: [(id: \"b\", connection: Mqtt(url: \"mqtt://host\", topics: [\"a\"]), bindings: [({inside})])],"
        )
    };
    field_error(&binding("channel: «\"t\"»"), "no channel `t`", "`T`");
    field_error(
        &binding("channel: \"T\", unit: «\"W\"»"),
        "cannot be in `W`",
        "Cel",
    );
    field_error(
        &binding("channel: \"T\", value: «\"a.b\"»"),
        "no JSON pointer",
        "slash",
    );
    field_error(
        &binding("channel: \"T\", topic: «\"a/#/b\"»"),
        "follows `#`",
        "at the end",
    );
}

#[test]
fn changes_of_columns_fit_the_channels() {
    field_error(
        "evolution: [Renamed(from: «\"TT\"», to: \"T2\")],",
        "no channel reads a column `TT`",
        "`T`",
    );
    field_error(
        "evolution: [Renamed(from: \"T\", to: «\"Q\"»)],",
        "another channel",
        "one column",
    );
    field_error(
        "evolution: [Added(column: «\"T\"»)],",
        "read by a channel",
        "remove",
    );
    field_error(
        "evolution: [Unit(column: \"T\", unit: «\"W\"»)],",
        "cannot be in `W`",
        "Cel",
    );
}

#[test]
fn balances_have_terms_that_add_up() {
    let balance = |inside: &str| format!("balances: [(id: \"b\", {inside})],");
    field_error(
        &balance("terms: «{\"T\": 1.0}», tolerance: \"1 K\""),
        "fewer than two terms",
        "at least two",
    );
    field_error(
        &balance("terms: {\"T\": 1.0, «\"U\"»: -1.0}, tolerance: \"1 K\""),
        "no channel `U`",
        "",
    );
    assert!(GOOD.contains("channels: ["));
}

#[test]
fn what_is_published_loads_and_saves() {
    let text = with_fields(
        "publish: [
            (id: \"scada\", to: Mqtt(url: \"mqtts://plant.example:8883\", topic: \"twins/plate\", retain: true, version_5: true, user: \"twin\", password_variable: \"PLANT_PASSWORD\", authority: \"ca.pem\"), what: [\"T\", \"body.temperature\"], every: \"10 s\", residuals: true, alarms: true),
            (id: \"history\", to: Http(url: \"https://[::1]:8086/api/v2/write?bucket=a\", measurement: \"twin\", token_variable: \"TOKEN\"), every: \"1 min\", alarms: true),
            (id: \"log\", to: File(path: \"out.csv\"), every: \"1 s\"),
        ],",
    );
    let loaded = loaded(&text);
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.twin.publish.len(), 3);
    let broker = loaded.twin.publish[0].to.broker().expect("a broker");
    assert_eq!(broker.password_variable, Some("PLANT_PASSWORD"));
    assert!(broker.version_5);
    let new = twin::document_text(&loaded.twin, None).expect("a text");
    assert_eq!(*plate::loaded(&new.text).twin, *loaded.twin);
    let mut changed = (*loaded.twin).clone();
    changed.publish.truncate(1);
    let saved = twin::document_text(&changed, Some(&text)).expect("a text");
    assert_eq!(*plate::loaded(&saved.text).twin, changed);
}

#[test]
fn what_is_published_exists_and_can_be_sent() {
    let publish = |inside: &str| format!("publish: [(id: \"p\", {inside})],");
    let mqtt = |inside: &str| publish(&format!("every: \"1 s\", to: Mqtt({inside})"));
    field_error(
        &publish("to: File(path: \"a\"), every: «\"0 s\"»"),
        "must be above zero",
        "10 s",
    );
    field_error(
        &publish("to: File(path: \"a\"), every: \"1 s\", what: [«\"TT\"»]"),
        "no channel `TT`",
        "`T`",
    );
    field_error(
        &publish("to: File(path: \"a\"), every: \"1 s\", what: [«\"body.temper\"»]"),
        "no variable",
        "temperature",
    );
    field_error(
        &publish("to: File(path: \"a\"), every: \"1 s\", what: [\"T\", «\"T\"»]"),
        "twice",
        "remove",
    );
    field_error(
        &mqtt("url: \"mqtt://host\", topic: «\"a/#\"»"),
        "cannot be published to",
        "without wildcards",
    );
    // The same access as a source's.
    field_error(
        &mqtt("url: «\"mqtt://me:secret@host\"», topic: \"a\""),
        "do not stand in the url",
        "password_variable",
    );
    field_error(
        &mqtt("url: \"mqtt://host\", topic: \"a\", authority: «\"ca.pem\"»"),
        "without TLS",
        "mqtts://",
    );
    field_error(
        &publish("every: \"1 s\", to: Http(url: «\"host:80\"», measurement: \"m\")"),
        "no address of a server",
        "http://",
    );
    field_error(
        &format!(
            "sources: [(id: \"all\", connection: Mqtt(url: \"mqtt://host\", topics: [\"plant/#\"]))], {}",
            mqtt("url: \"mqtt://host\", topic: «\"plant/twin\"»")
        ),
        "source `all` subscribes to what is published here",
        "another topic",
    );
}
