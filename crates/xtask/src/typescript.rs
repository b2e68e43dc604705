//! JSON Schema in, readable TypeScript out.
//!
//! It knows the shapes that schemars makes of serde's types and no more: what it
//! cannot say exactly is an error, never `any`. Structs become interfaces; enums
//! of words become unions of strings; tagged enums become one named interface a
//! variant and a union of them; what is flattened around an enum becomes their
//! common base. Optional means absent, `| null` means null.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

#[cfg(test)]
mod tests;

type Object = Map<String, Value>;

/// What the schemas cannot know: which names read best.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style<'a> {
    /// Stands first in the file, as it is.
    pub prelude: &'a str,
    /// Scalars known by a name of their own, which the prelude declares: keyword
    /// and value by which their schemas are told, then the name.
    pub aliases: &'a [(&'a str, Value, &'a str)],
    /// Comments that say what the type is, repeated wherever it is used.
    pub silent: &'a [&'a str],
    /// Definitions that are called something else in TypeScript.
    pub renamed: &'a [(&'a str, &'a str)],
    /// Names of a union's variants, by the union: `{}` stands for the tag in
    /// Pascal case. Otherwise a variant is called after its tag alone.
    pub variants: &'a [(&'a str, &'a [&'a str])],
}

/// Declares every definition, in the order given.
///
/// # Errors
/// One sentence that names the definition and what of it has no TypeScript, or
/// the name that was declared twice.
pub fn emit(definitions: &Object, style: &Style<'_>) -> Result<String, String> {
    let text = style.prelude.to_owned();
    let mut writer = Writer {
        definitions,
        style,
        text,
        declared: BTreeSet::new(),
    };
    for (name, schema) in definitions {
        writer
            .definition(name, schema)
            .map_err(|what| format!("{name}: {what}"))?;
    }
    Ok(writer.text)
}

/// A union longer than this is written one member a line.
const LINE: usize = 80;

struct Writer<'a> {
    definitions: &'a Object,
    style: &'a Style<'a>,
    text: String,
    declared: BTreeSet<String>,
}

impl Writer<'_> {
    fn definition(&mut self, name: &str, schema: &Value) -> Result<(), String> {
        let name = self.renamed(name).to_owned();
        let schema = schema.as_object().ok_or("is not an object")?;
        match variants(schema) {
            Some(all) if all.iter().all(|variant| has_properties(variant)) => {
                self.union(&name, schema, &all)
            }
            None if has_properties(schema) && !schema.contains_key("$ref") => {
                self.interface(&name, &[], schema, description(schema))
            }
            _ => {
                let value = self.value(schema, 0)?;
                self.alias(&name, &value, description(schema))
            }
        }
    }

    /// A union of objects: a base where something is common to all, an interface
    /// for each variant, then the union itself.
    fn union(&mut self, name: &str, schema: &Object, all: &[&Object]) -> Result<(), String> {
        let mut common = Vec::new();
        if properties(schema).next().is_some() {
            let base = format!("{name}Base");
            self.interface(&base, &[], schema, None)?;
            common.push(base);
        }
        let tag = common_tag(all);
        let mut names = Vec::new();
        for (n, variant) in all.iter().copied().enumerate() {
            let value = tag
                .and_then(|tag| constant(variant, tag))
                .and_then(Value::as_str);
            let variant_name = self.variant_name(name, n, value)?;
            let doc = description(variant);
            let variant = &exclusive(variant, all);
            let reference = variant.get("$ref").and_then(Value::as_str);
            match reference {
                Some(path) if self.is_union(path) => {
                    let parts = [common.as_slice(), &[self.object(variant, 0)?]]
                        .concat()
                        .join(" & ");
                    let rest = self.reference(path);
                    self.alias(&variant_name, &format!("{parts} & {rest}"), doc)?;
                }
                _ => {
                    let also = reference.map(|path| self.reference(path));
                    let extends: Vec<String> = common.iter().cloned().chain(also).collect();
                    self.interface(&variant_name, &extends, variant, doc)?;
                }
            }
            names.push(variant_name);
        }
        self.alias(name, &alternatives(&names, 0), description(schema))
    }

    fn variant_name(&self, union: &str, n: usize, tag: Option<&str>) -> Result<String, String> {
        let names = self.style.variants.iter().find(|(name, _)| *name == union);
        let pattern = names.and_then(|(_, names)| names.get(n).or(names.first()));
        match (tag, pattern) {
            (Some(tag), Some(pattern)) => Ok(pattern.replace("{}", &pascal(tag))),
            (Some(tag), None) => Ok(pascal(tag)),
            (None, Some(pattern)) if !pattern.contains("{}") => Ok((*pattern).to_owned()),
            (None, _) => Err(format!("variant {n} has no tag and was given no name")),
        }
    }

    fn interface(
        &mut self,
        name: &str,
        extends: &[String],
        schema: &Object,
        doc: Option<&str>,
    ) -> Result<(), String> {
        let body = self.object(schema, 0)?;
        let extends = match extends {
            [] => String::new(),
            names => format!(" extends {}", names.join(", ")),
        };
        self.declare(name, &format!("interface {name}{extends} {body}"), doc)
    }

    fn alias(&mut self, name: &str, value: &str, doc: Option<&str>) -> Result<(), String> {
        let gap = if value.starts_with('\n') { "" } else { " " };
        self.declare(name, &format!("type {name} ={gap}{value};"), doc)
    }

    fn declare(&mut self, name: &str, text: &str, doc: Option<&str>) -> Result<(), String> {
        if !self.declared.insert(name.to_owned()) {
            return Err(format!(
                "the name {name} is taken already; give another in the style"
            ));
        }
        self.text.push('\n');
        if let Some(doc) = doc {
            comment(&mut self.text, doc, 0);
        }
        let _ = writeln!(self.text, "export {text}");
        Ok(())
    }

    /// The braces of an object type, its properties a line each.
    fn object(&self, schema: &Object, indent: usize) -> Result<String, String> {
        let mut text = "{\n".to_owned();
        for (key, property) in properties(schema) {
            let required = is_required(schema, key);
            let doc = property.as_object().and_then(description);
            if let Some(doc) = doc.filter(|doc| !self.style.silent.contains(doc)) {
                comment(&mut text, doc, indent + 1);
            }
            let mut value = self
                .value_of(property, indent + 1)
                .map_err(|what| format!("{key}: {what}"))?;
            if !required {
                value = value.strip_suffix(" | null").unwrap_or(&value).to_owned();
            }
            let mark = if required { "" } else { "?" };
            let _ = writeln!(text, "{}{key}{mark}: {value};", pad(indent + 1));
        }
        let _ = write!(text, "{}}}", pad(indent));
        Ok(text)
    }

    fn value_of(&self, schema: &Value, indent: usize) -> Result<String, String> {
        match schema {
            Value::Bool(true) => Ok("unknown".to_owned()),
            Value::Object(schema) => self.value(schema, indent),
            other => Err(format!("{other} is not a schema")),
        }
    }

    fn value(&self, schema: &Object, indent: usize) -> Result<String, String> {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            return Ok(self.reference(path));
        }
        if let Some(value) = schema.get("const") {
            return literal(value);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let names: Result<Vec<String>, String> = values.iter().map(literal).collect();
            return Ok(alternatives(&names?, indent));
        }
        if let Some(all) = variants(schema) {
            return self.alternatives_of(&all, indent);
        }
        for (keyword, value, name) in self.style.aliases {
            if schema.get(*keyword) == Some(value) {
                let null = schema
                    .get("type")
                    .is_some_and(|kinds| kinds.to_string().contains("null"));
                return Ok(if null {
                    format!("{name} | null")
                } else {
                    (*name).to_owned()
                });
            }
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            None if schema
                .keys()
                .all(|key| matches!(key.as_str(), "description" | "default")) =>
            {
                return Ok("unknown".to_owned());
            }
            _ => {
                return Err(format!(
                    "{} has no TypeScript",
                    Value::Object(schema.clone())
                ));
            }
        };
        let values: Result<Vec<String>, String> = kinds
            .iter()
            .map(|kind| self.of_kind(kind, schema, indent))
            .collect();
        Ok(values?.join(" | "))
    }

    fn of_kind(&self, kind: &str, schema: &Object, indent: usize) -> Result<String, String> {
        Ok(match kind {
            "string" | "boolean" | "null" => kind.to_owned(),
            "integer" | "number" => "number".to_owned(),
            "array" => {
                let item = match schema.get("items") {
                    Some(items) => self.value_of(items, indent)?,
                    None => "unknown".to_owned(),
                };
                if item.contains([' ', '\n']) {
                    format!("({item})[]")
                } else {
                    format!("{item}[]")
                }
            }
            "object" => match schema.get("additionalProperties") {
                Some(values) if properties(schema).next().is_none() && values != false => {
                    format!("Record<string, {}>", self.value_of(values, indent)?)
                }
                _ => self.object(schema, indent)?,
            },
            other => return Err(format!("type {other:?} has no TypeScript")),
        })
    }

    fn alternatives_of(&self, all: &[&Object], indent: usize) -> Result<String, String> {
        let values: Result<Vec<String>, String> = all
            .iter()
            .map(|variant| self.value(variant, indent + 1))
            .collect();
        let values = values?;
        if all.iter().all(|variant| description(variant).is_none()) {
            return Ok(alternatives(&values, indent));
        }
        let mut text = String::new();
        for (variant, value) in all.iter().zip(values) {
            text.push('\n');
            if let Some(doc) = description(variant) {
                comment(&mut text, doc, indent + 1);
            }
            let _ = write!(text, "{}| {value}", pad(indent + 1));
        }
        Ok(text)
    }

    fn reference(&self, path: &str) -> String {
        self.renamed(path.rsplit('/').next().unwrap_or(path))
            .to_owned()
    }

    fn renamed<'n>(&'n self, name: &'n str) -> &'n str {
        let renamed = self.style.renamed.iter().find(|(from, _)| *from == name);
        renamed.map_or(name, |(_, to)| *to)
    }

    /// Whether what a `$ref` leads to is a union of objects.
    fn is_union(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let schema = self.definitions.get(name).and_then(Value::as_object);
        schema.is_some_and(|schema| variants(schema).is_some())
    }
}

fn description(schema: &Object) -> Option<&str> {
    schema.get("description").and_then(Value::as_str)
}

fn properties(schema: &Object) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn has_properties(schema: &Object) -> bool {
    properties(schema).next().is_some()
}

fn is_required(schema: &Object, key: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|keys| keys.iter().any(|required| required == key))
}

fn variants(schema: &Object) -> Option<Vec<&Object>> {
    let all = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))?
        .as_array()?;
    all.iter().map(Value::as_object).collect()
}

/// The constant a property must have.
fn constant<'a>(schema: &'a Object, key: &str) -> Option<&'a Value> {
    schema.get("properties")?.get(key)?.get("const")
}

/// The property by whose constant all these are told apart.
fn common_tag<'a>(all: &[&'a Object]) -> Option<&'a str> {
    let (first, _) = all.split_first()?;
    let mut keys = properties(first).map(|(key, _)| key.as_str());
    keys.find(|key| {
        all.iter()
            .all(|variant| constant(variant, key).is_some_and(Value::is_string))
    })
}

/// A variant that also denies the constants which only its siblings have, so that
/// TypeScript tells them apart by such a property: `deleted?: false`.
fn exclusive(variant: &Object, all: &[&Object]) -> Object {
    let mut exclusive = variant.clone();
    for (key, sibling) in all.iter().flat_map(|sibling| properties(sibling)) {
        let known = properties(variant).any(|(own, _)| own == key);
        let Some(Value::Bool(flag)) = sibling.get("const").filter(|_| !known) else {
            continue;
        };
        if let Some(Value::Object(own)) = exclusive.get_mut("properties") {
            own.insert(key.clone(), json!({"const": !flag}));
        }
    }
    exclusive
}

fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::String(word) => Ok(format!(
            "'{}'",
            word.replace('\\', "\\\\").replace('\'', "\\'")
        )),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(format!("{value} as a constant has no TypeScript")),
    }
}

/// `a | b | c`, one a line where it gets long.
fn alternatives(names: &[String], indent: usize) -> String {
    let line = names.join(" | ");
    if line.len() + 2 * indent <= LINE && !line.contains('\n') {
        return line;
    }
    names
        .iter()
        .map(|name| format!("\n{}| {name}", pad(indent + 1)))
        .collect()
}

fn comment(text: &mut String, doc: &str, indent: usize) {
    let pad = pad(indent);
    let doc = doc.replace("*/", "*\\/");
    if doc.contains('\n') {
        let _ = writeln!(text, "{pad}/**");
        for line in doc.lines() {
            let _ = writeln!(text, "{}", format!("{pad} * {line}").trim_end());
        }
        let _ = writeln!(text, "{pad} */");
    } else {
        let _ = writeln!(text, "{pad}/** {doc} */");
    }
}

fn pad(indent: usize) -> String {
    "  ".repeat(indent)
}

/// `room_created` as `RoomCreated`.
fn pascal(words: &str) -> String {
    words
        .split(['_', '-', '.'])
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            [first.to_uppercase(), rest.to_owned()]
        })
        .collect()
}
