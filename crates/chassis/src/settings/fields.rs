//! Asks a settings struct, through serde, whether it has a field: the struct itself is the list of known settings.

use std::cell::RefCell;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

type Stop = serde::de::value::Error;

/// `None` when `T` has a field at the dotted `path`; else the settings that are known where the path goes astray.
pub(super) fn unknown<T: DeserializeOwned>(path: &str) -> Option<String> {
    let answer = RefCell::new(None);
    // It ends with an error in either case: no value is ever made.
    let _ = T::deserialize(Walk {
        rest: Some(path),
        above: String::new(),
        answer: &answer,
    });
    answer.into_inner()
}

/// Walks down one path of a struct; every step is a map with a single key.
struct Walk<'a> {
    /// What is left of the path; none at the end of it.
    rest: Option<&'a str>,
    above: String,
    answer: &'a RefCell<Option<String>>,
}

impl<'de> Deserializer<'de> for Walk<'_> {
    type Error = Stop;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let Some(rest) = self.rest else {
            return Err(Stop::custom("a section, not a setting"));
        };
        let (field, rest) = match rest.split_once('.') {
            Some((field, rest)) => (field, Some(rest)),
            None => (rest, None),
        };
        if !fields.contains(&field) {
            let known: Vec<_> = fields
                .iter()
                .map(|field| format!("{}{field}", self.above))
                .collect();
            self.answer.replace(Some(known.join(", ")));
            return Err(Stop::custom("no such field"));
        }
        visitor.visit_map(Step {
            field: Some(field),
            below: Walk {
                rest,
                above: format!("{}{field}.", self.above),
                answer: self.answer,
            },
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    /// Anything that is not a struct takes what it is given, as far as names go.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Stop> {
        Err(Stop::custom("not a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

struct Step<'a> {
    field: Option<&'a str>,
    below: Walk<'a>,
}

impl<'de> MapAccess<'de> for Step<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        self.field
            .take()
            .map(|field| seed.deserialize(StrDeserializer::new(field)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        seed.deserialize(Walk {
            rest: self.below.rest,
            above: std::mem::take(&mut self.below.above),
            answer: self.below.answer,
        })
    }
}
