//! Generates a value for each parameter: the text to type and the JSON that Discord should receive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dcord::catalogue::{Choice, Endpoint, Param, ParamKind, Place, Scalar, Unit, shapes};
use dcord::model::Entity;
use serde_json::{Value, json};

use super::call::Way;
use crate::support::World;

/// A typed text and the value that is sent for it.
pub struct Pair {
    pub text: String,
    pub wire: Value,
}

fn pair(text: impl Into<String>, wire: impl Into<Value>) -> Pair {
    Pair { text: text.into(), wire: wire.into() }
}

/// Texts with characters that are special in shells, JSON, URLs and flag parsers.
const TEXTS: &[&str] = &[
    r#"it's "quoted" \n $HOME `x` <b> & 100%"#,
    "žluťoučký 🦀 日本語\nsecond line",
    "-leading dash --content=x",
    "@everyone @~/file @-",
    "a=b&c=d+e/f?g#h;i",
];

/// An image of each type that Discord accepts. Its first bytes identify the type.
const IMAGES: &[(&str, &[u8])] = &[
    ("png", b"\x89PNG\r\n\x1a\nrest"),
    ("jpeg", b"\xff\xd8\xff\xe0rest"),
    ("gif", b"GIF89arest"),
    ("webp", b"RIFF\x10\0\0\0WEBPrest"),
];
const SOUNDS: &[(&str, &[u8])] = &[("mpeg", b"ID3\x04rest"), ("ogg", b"OggSrest")];

/// Returns the `n`th value of a parameter.
pub fn value(param: &Param, way: Way, n: usize, world: &World) -> Pair {
    let upper = way == Way::Dotted;
    match param.kind {
        ParamKind::String | ParamKind::Text => {
            let text = text(param, way, n);
            pair(text.clone(), text)
        }
        ParamKind::Url(schemes) => {
            let head = format!("{}://example.com/{n}?a=b&c=", schemes[usize::from(upper)]);
            let length = param.max.filter(|_| upper).map_or(head.len(), |max| max as usize);
            let url: String = head.chars().chain(std::iter::repeat('é')).take(length).collect();
            pair(url.clone(), url)
        }
        ParamKind::Integer => {
            let other = if param.unique { n as i64 } else { 0 };
            let number = if upper { param.max.unwrap_or(1_000_000) - other } else { param.min.unwrap_or(3) + other };
            pair(param.unit.filter(|_| upper).map_or(number.to_string(), |unit| span(number, unit)), number)
        }
        ParamKind::Number => {
            let number =
                if upper { param.max.unwrap_or(1_000_000) as f64 } else { param.min.unwrap_or(3) as f64 + 0.5 };
            pair(number.to_string(), Value::Number(number.to_string().parse().unwrap()))
        }
        ParamKind::Boolean => pair((!upper).to_string(), !upper),
        ParamKind::Snowflake(entity) => {
            let id = format!("{}", 20_000_000_000_000_000 + n);
            let text = match (upper, entity) {
                (true, Entity::Channel) => format!("<#{id}>"),
                (true, Entity::User | Entity::Ban) => format!("<@{id}>"),
                (true, Entity::Role) => format!("<@&{id}>"),
                _ => id.clone(),
            };
            pair(text, id)
        }
        ParamKind::Target(Entity::Emoji) if upper => pair("<a:blob:123456789012345678>", "blob:123456789012345678"),
        ParamKind::Target(Entity::Emoji) => pair("#️⃣", "#️⃣"),
        ParamKind::Target(_) => pair("co-De_1", "co-De_1"),
        ParamKind::EmojiName if upper => pair(":thumbsup_tone2:", "👍🏼"),
        ParamKind::EmojiName => pair("👨‍👩‍👦", "👨‍👩‍👦"),
        ParamKind::Emoji if upper => pair("<:blob:123456789012345678>", json!({"id": "123456789012345678"})),
        ParamKind::Emoji => pair(":tada:", json!({"name": "🎉"})),
        // The milliseconds from Discord's epoch to 2023-11-14T22:13:20Z, shifted left by the 22 low bits of an id.
        ParamKind::Cursor(_) if upper => {
            pair("2023-11-14T22:13:20Z", ((1_700_000_000_000_u64 - 1_420_070_400_000) << 22).to_string())
        }
        ParamKind::Cursor(_) => pair("175928847299117063", "175928847299117063"),
        ParamKind::Timestamp if upper => pair("1893456000", "2030-01-01T00:00:00Z"),
        ParamKind::Timestamp => pair("2030-01-01T03:04:05+01:00", "2030-01-01T02:04:05Z"),
        ParamKind::Json => {
            let wire = json_for(param, upper);
            let text = wire.to_string();
            let file = || format!("@{}", world.file(&format!("{}.json", param.name), &text));
            if upper { pair(file(), wire) } else { pair(text, wire) }
        }
        ParamKind::Image(formats) if formats.types.contains(&"audio/ogg") => {
            image(SOUNDS, "audio", n + usize::from(upper), world)
        }
        ParamKind::Image(_) => image(IMAGES, "image", n + usize::from(upper), world),
        ParamKind::File => pair(world.file(&format!("up load {n}.txt"), format!("bytes of {n}\0\r\n--")), Value::Null),
        ParamKind::Enum(choices) => {
            let at = if upper { choices.len() - 1 - n % choices.len() } else { n % choices.len() };
            let choice = choices[at];
            if let (Some(unit), true, Scalar::Int(number)) = (param.unit, upper, choice.value) {
                return pair(span(number, unit), number);
            }
            let name = if upper { shouted(choice.name) } else { choice.name.to_owned() };
            pair(name, scalar(choice))
        }
        ParamKind::Flags(choices) => {
            let number = |c: &Choice| scalar(*c).as_u64().unwrap();
            if upper {
                let last = number(choices.last().unwrap());
                return pair(last.to_string(), last);
            }
            let two = &choices[..choices.len().min(2)];
            let names: Vec<_> = two.iter().map(|c| c.name).collect();
            pair(names.join(","), two.iter().map(number).sum::<u64>())
        }
        // Bits 11 and 13. Source: Discord's reference, "Permissions".
        ParamKind::Permissions if upper => pair("10240", "10240"),
        ParamKind::Permissions => pair("send-messages,MANAGE_MESSAGES", "10240"),
        ParamKind::Color if upper => pair("blurple", 0x58_65f2),
        ParamKind::Color => pair("#1a2b3c", 0x1a_2b3c),
        ParamKind::Pair => pair("na me=va=lue", json!({"name": "na me", "value": "va=lue"})),
        ParamKind::Button => pair(format!("B{n}=b{n}"), Value::Null),
        ParamKind::Position(_) => pair(format!("12{n}=4"), json!({"id": format!("12{n}"), "position": 4})),
    }
}

/// Formats a number of units as a duration.
fn span(number: i64, unit: Unit) -> String {
    let letter = match unit {
        Unit::Seconds => "s",
        Unit::Minutes => "m",
        Unit::Hours => "h",
        Unit::Days => "d",
    };
    format!("{number}{letter}")
}

/// The kinds of mentions; see [`count`].
pub const MENTIONED: &str = "allowed-mentions.parse";

/// Returns the number of values for a repeated parameter.
pub fn count(param: &Param, way: Way) -> usize {
    // A body is typed once and is the whole list.
    if !param.repeated || param.place == Place::Whole || param.name == MENTIONED {
        return 1;
    }
    let (least, most) = (param.min_items.unwrap_or(1).max(1) as usize, param.max_items.unwrap_or(3) as usize);
    match way {
        Way::Json => most.min(least.max(2)),
        // A request line is limited to 64 KiB.
        Way::Dotted if param.place == Place::Query && param.max.is_some() => 1,
        Way::Dotted if param.place == Place::Query => most.min(20),
        Way::Dotted => most,
        Way::Required => least,
    }
}

fn text(param: &Param, way: Way, n: usize) -> String {
    let mut full: String = TEXTS[(n + param.name.len()) % TEXTS.len()].to_owned();
    if param.words {
        full = format!("{n}-word");
    } else if param.unique {
        full = format!("{n}{full}");
    }
    if param.place == Place::Path {
        // An argument that starts with a dash would be a flag.
        full = full.trim_start_matches('-').to_owned();
    }
    let (least, most) = (param.min.unwrap_or(0) as usize, param.max.unwrap_or(6000) as usize);
    let length = match way {
        Way::Json => full.chars().count().clamp(least, most),
        // An argument is limited to 128 KiB, and the texts of an embed to 6000 characters in total.
        Way::Dotted if param.name.starts_with("embed.") => most.min(1000),
        Way::Dotted => param.max.filter(|max| *max < 100_000).map_or(full.chars().count(), |_| most),
        Way::Required => least.max(1),
    };
    full.chars().chain(std::iter::repeat('é')).take(length).collect()
}

/// Returns the example of the parameter's JSON. A list gets as many elements as are allowed.
pub fn example(row: &Endpoint, param: &Param, way: Way) -> Option<Value> {
    let topic = shapes::of(row, param)?;
    let example: Value = serde_json::from_str(topic.example).unwrap();
    let Value::Array(elements) = example else { return Some(example) };
    // A row of buttons contains several components, and a message may have 40 components.
    let most = param.max_items.unwrap_or(3).min(if topic.total.is_some() { 5 } else { u32::MAX });
    let length = if way == Way::Dotted { most } else { param.min_items.unwrap_or(0).max(1) };
    Some(elements.iter().cycle().take(length as usize).cloned().collect())
}

/// Returns arbitrary JSON. A list gets as many elements as are allowed.
fn json_for(param: &Param, upper: bool) -> Value {
    let element = |n: usize| json!({"id": n.to_string(), "deep": [1.5, null, true, {"text": "“q” \" \\"}]});
    let list = param.min_items.is_some() || param.max_items.is_some() || param.repeated;
    if !list {
        return element(7);
    }
    let (least, most) = (param.min_items.unwrap_or(0), param.max_items.unwrap_or(3));
    let length = if upper { most } else { least.max(1) };
    Value::Array((0..length as usize).map(element).collect())
}

fn image(kinds: &[(&str, &[u8])], class: &str, n: usize, world: &World) -> Pair {
    let (kind, bytes) = kinds[n % kinds.len()];
    // dcord recognises the type by the content, not by the name of the file.
    let path = world.file(&format!("{class} {kind}"), bytes);
    pair(path, format!("data:{class}/{kind};base64,{}", BASE64.encode(bytes)))
}

/// Returns the choice with that name.
pub fn named(choices: &[Choice], name: &str) -> Pair {
    let choice = choices.iter().find(|choice| choice.name == name).expect("a form tells by a choice");
    pair(name, scalar(*choice))
}

fn scalar(choice: Choice) -> Value {
    match choice.value {
        Scalar::Int(number) => Value::from(number),
        Scalar::Str(text) => Value::from(text),
    }
}

/// Returns a name in the notation of Discord's reference, such as `GUILD_TEXT`.
fn shouted(name: &str) -> String {
    let (sign, word) = name.strip_prefix('-').map_or(("", name), |word| ("-", word));
    format!("{sign}{}", word.to_ascii_uppercase().replace('-', "_"))
}

/// Texts for one parameter of which one is out of bounds, or of which there are too many.
pub struct Beyond {
    pub param: &'static Param,
    pub texts: Vec<String>,
    pub bound: i64,
}

/// Returns a case for each bound of each parameter.
pub fn beyond(row: &'static Endpoint, world: &World) -> Vec<Beyond> {
    let mut found = Vec::new();
    // dcord does not check the length of secrets, checks the segments of a path as a whole, and requires a file
    // with the parameters that describe it.
    let alone = |p: &&Param| !matches!(p.name, "filename" | "spoiler" | "voice-message");
    for param in row.all_params().filter(|p| !p.secret && p.place != Place::Path).filter(alone) {
        let mut push = |texts: Vec<String>, bound: i64| found.push(Beyond { param, texts, bound });
        match param.kind {
            ParamKind::String | ParamKind::Text | ParamKind::Url(_) => {
                if let Some(max) = param.max.filter(|max| *max < 100_000) {
                    push(vec!["é".repeat(max as usize + 1)], max);
                }
                if let Some(min) = param.min.filter(|min| *min > 0) {
                    push(vec!["é".repeat(min as usize - 1)], min);
                }
            }
            ParamKind::Integer | ParamKind::Number => {
                let bits32 = (param.kind == ParamKind::Integer).then_some(i64::from(i32::MAX));
                if let Some(max) = param.max.or(bits32) {
                    push(vec![(i128::from(max) + 1).to_string()], max);
                }
                if let Some(min) = param.min {
                    push(vec![(min - 1).to_string()], min);
                }
            }
            _ => {}
        }
        let lists = param.repeated || param.kind == ParamKind::Json; // a list in the one text or as many texts
        let of_length = |length: u32| match param.kind {
            ParamKind::Json => vec![Value::Array(vec![json!({"id": "1"}); length as usize]).to_string()],
            _ => (0..length as usize).map(|n| value(param, Way::Required, n, world).text).collect(),
        };
        if let Some(max) = param.max_items.filter(|_| lists) {
            push(of_length(max + 1), i64::from(max));
        }
        // An omitted list is not too short, but an empty list in JSON is.
        if let Some(min) = param.min_items.filter(|min| lists && (*min > 1 || param.kind == ParamKind::Json)) {
            push(of_length(min - 1), i64::from(min));
        }
    }
    found
}

/// Returns values out of bounds for a field inside JSON, each with a word that the error contains.
pub fn beyond_inside(param: &Param) -> Vec<(Value, String)> {
    let mut found = Vec::new();
    let number = |n: i64| (Value::from(n), n);
    match param.kind {
        ParamKind::String | ParamKind::Text | ParamKind::Url(_) => {
            let text = |length: i64, bound: i64| (Value::from("é".repeat(length as usize)), bound.to_string());
            found.extend(param.max.filter(|max| *max < 100_000).map(|max| text(max + 1, max)));
            found.extend(param.min.filter(|min| *min > 0).map(|min| text(min - 1, min)));
            if let ParamKind::Url(schemes) = param.kind {
                found.extend(
                    ["no URL at all", "file:///etc/passwd", "https://", "example.com"]
                        .map(|text| (Value::from(text), format!("{}://", schemes[0]))),
                );
            }
        }
        ParamKind::Integer => {
            let (min, max) = (param.min.unwrap_or(i32::MIN.into()), param.max.unwrap_or(i32::MAX.into()));
            found.extend([number(max + 1), number(min - 1)].map(|(value, n)| (value, n.to_string())));
        }
        ParamKind::Enum(choices) => found.push((json!({"none": "of them"}), choices[0].name.to_owned())),
        ParamKind::Flags(choices) if !param.open => found.push((Value::from(1_u64 << 60), choices[0].name.to_owned())),
        ParamKind::Json => {
            let list =
                |length: u32, bound: u32| (Value::from(vec![Value::from("x"); length as usize]), bound.to_string());
            found.extend(param.max_items.map(|max| list(max + 1, max)));
            found.extend(param.min_items.filter(|min| *min > 0).map(|min| list(min - 1, min)));
        }
        _ => {}
    }
    found
}
