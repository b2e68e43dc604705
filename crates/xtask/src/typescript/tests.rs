//! Small schemas, each the shape that schemars gives to one kind of Rust type.

use serde_json::{Value, json};

use super::{Style, emit};

fn emitted(definitions: &Value, style: &Style<'_>) -> Result<String, String> {
    emit(definitions.as_object().unwrap(), style)
}

fn plain(definitions: &Value) -> String {
    emitted(definitions, &Style::default()).unwrap()
}

#[test]
fn a_struct_becomes_an_interface_with_its_comments() {
    let text = plain(&json!({"Person": {
        "type": "object",
        "description": "Somebody.\nAs they were called then.",
        "properties": {
            "id": {"type": "string", "description": "Their account."},
            "tags": {"type": "array", "items": {"type": "string"}},
            "marks": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["id", "tags", "marks"],
    }}));
    let expected = "
/**
 * Somebody.
 * As they were called then.
 */
export interface Person {
  /** Their account. */
  id: string;
  tags: string[];
  marks: Record<string, number>;
}
";
    assert_eq!(text, expected);
}

#[test]
fn absent_and_null_are_two_things() {
    let text = plain(&json!({"Room": {
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"]},
            "reply_to": {"type": ["integer", "null"]},
            "by": {"anyOf": [{"$ref": "#/$defs/Person"}, {"type": "null"}]},
        },
        "required": ["name", "by"],
    }}));
    assert!(text.contains("  name: string | null;\n"), "{text}");
    assert!(text.contains("  reply_to?: number;\n"), "{text}");
    assert!(text.contains("  by: Person | null;\n"), "{text}");
}

#[test]
fn an_enum_of_words_becomes_a_union_of_strings() {
    let text = plain(&json!({
        "SignUp": {"type": "string", "enum": ["open", "invite"]},
        "Kind": {"oneOf": [
            {"type": "string", "const": "open", "description": "Anyone joins."},
            {"type": "string", "const": "closed"},
        ]},
    }));
    let expected = "
export type SignUp = 'open' | 'invite';

export type Kind =
  /** Anyone joins. */
  | 'open'
  | 'closed';
";
    assert_eq!(text, expected);
}

#[test]
fn a_tagged_enum_becomes_an_interface_a_variant() {
    let text = plain(&json!({
        "Frame": {"oneOf": [
            {"type": "object", "required": ["type"],
             "properties": {"type": {"type": "string", "const": "caught_up"}}},
            {"$ref": "#/$defs/Greeting", "type": "object", "required": ["type"],
             "properties": {"type": {"type": "string", "const": "ready"}}},
        ]},
    }));
    let expected = "
export interface CaughtUp {
  type: 'caught_up';
}

export interface Ready extends Greeting {
  type: 'ready';
}

export type Frame = CaughtUp | Ready;
";
    assert_eq!(text, expected);
}

#[test]
fn what_stands_around_a_flattened_enum_is_its_base() {
    let text = plain(&json!({"Event": {
        "type": "object",
        "properties": {"seq": {"type": "integer"}},
        "required": ["seq"],
        "oneOf": [
            {"type": "object", "required": ["kind"],
             "properties": {"kind": {"type": "string", "const": "member_left"}}},
        ],
    }}));
    assert!(
        text.contains("export interface EventBase {\n  seq: number;\n}"),
        "{text}"
    );
    assert!(
        text.contains("export interface MemberLeft extends EventBase {"),
        "{text}"
    );
    assert!(text.contains("export type Event = MemberLeft;"), "{text}");
}

#[test]
fn a_union_within_a_union_is_an_intersection() {
    let signal = json!({"oneOf": [{"type": "object", "required": ["kind"],
        "properties": {"kind": {"type": "string", "const": "typing"}}}]});
    let frame = json!({"oneOf": [{"$ref": "#/$defs/Signal", "type": "object", "required": ["type"],
        "properties": {"type": {"type": "string", "const": "signal"}}}]});
    let style = Style {
        renamed: &[("Signal", "SignalBody")],
        variants: &[("SignalBody", &["{}Signal"])],
        ..Style::default()
    };
    let text = emitted(&json!({"Signal": signal, "Frame": frame}), &style).unwrap();
    assert!(
        text.contains("export interface TypingSignal {\n  kind: 'typing';"),
        "{text}"
    );
    assert!(
        text.contains("export type Signal = {\n  type: 'signal';\n} & SignalBody;"),
        "{text}"
    );
}

#[test]
fn variants_without_a_tag_are_named_and_exclude_each_other() {
    let definitions = json!({"Message": {"anyOf": [
        {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        {"type": "object", "required": ["deleted"],
         "properties": {"deleted": {"type": "boolean", "const": true}}},
    ]}});
    assert!(
        emitted(&definitions, &Style::default())
            .unwrap_err()
            .contains("given no name")
    );
    let style = Style {
        variants: &[("Message", &["Standing", "Deleted"])],
        ..Style::default()
    };
    let text = emitted(&definitions, &style).unwrap();
    assert!(
        text.contains("  text: string;\n  deleted?: false;\n}"),
        "{text}"
    );
    assert!(
        text.contains("export interface Deleted {\n  deleted: true;\n}"),
        "{text}"
    );
    assert!(
        text.contains("export type Message = Standing | Deleted;"),
        "{text}"
    );
}

#[test]
fn a_scalar_with_a_name_of_its_own_is_called_by_it_and_not_explained_again() {
    let style = Style {
        prelude: "// Generated.\n",
        aliases: &[("format", json!("date-time"), "Time")],
        silent: &["A moment."],
        ..Style::default()
    };
    let at = json!({"type": ["string", "null"], "format": "date-time", "description": "A moment."});
    let definitions = json!({"Ack": {"type": "object", "properties": {"at": at}}});
    let text = emitted(&definitions, &style).unwrap();
    assert_eq!(
        text,
        "// Generated.\n\nexport interface Ack {\n  at?: Time;\n}\n"
    );
}

#[test]
fn a_name_is_taken_once_and_what_is_not_known_is_an_error() {
    let tagged = json!({"oneOf": [{"type": "object", "required": ["type"],
        "properties": {"type": {"type": "string", "const": "read"}}}]});
    let twice = emitted(&json!({"A": tagged, "B": tagged}), &Style::default());
    assert!(
        twice.unwrap_err().contains("the name Read is taken"),
        "two unions, one variant"
    );
    let strange = emitted(&json!({"A": {"not": {}}}), &Style::default());
    assert!(
        strange.unwrap_err().starts_with("A: "),
        "the definition is named"
    );
}

#[test]
fn a_long_union_stands_one_a_line_and_a_comment_cannot_end_early() {
    let words: Vec<String> = (0..20).map(|n| format!("word_{n}")).collect();
    let text = plain(&json!({"Code": {"enum": words, "description": "Like */ this."}}));
    assert!(
        text.contains("\nexport type Code =\n  | 'word_0'\n  | 'word_1'\n"),
        "{text}"
    );
    assert!(text.contains("/** Like *\\/ this. */"), "{text}");
}
