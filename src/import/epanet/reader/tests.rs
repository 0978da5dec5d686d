use super::*;

#[test]
fn times_are_read_by_the_rules_of_epanet() {
    let read = |text: &str, unit: Option<&str>| hours(text, unit).map(|hours| hours * 3_600.0);
    assert_eq!(read("5", None), Some(18_000.0));
    assert_eq!(read("30", Some("MIN")), Some(1_800.0));
    assert_eq!(read("2", Some("days")), Some(172_800.0));
    assert_eq!(read("13:50", None).map(f64::round), Some(49_800.0));
    assert_eq!(read("12", Some("AM")), Some(0.0));
    assert_eq!(read("12:30", Some("PM")), Some(45_000.0));
    assert_eq!(read("1:50", Some("pm")).map(f64::round), Some(49_800.0));
    assert_eq!(read("13", Some("PM")), None);
    assert_eq!(read("-1", None), None);
    assert_eq!(read("soon", None), None);
}

#[test]
fn numbers_are_what_c_reads_without_its_words() {
    assert_eq!(parsed("1e3"), Some(1_000.0));
    assert_eq!(parsed(".5"), Some(0.5));
    assert_eq!(parsed("-2."), Some(-2.0));
    for text in ["inf", "nan", "NaN", "1,5", "", "0x10", "12m"] {
        assert_eq!(parsed(text), None, "{text}");
    }
}
