//! The JSON Schema of profiles files, for editors; written by hand, and held to the tables of keys and words.

/// The JSON Schema (2020-12) of a profiles file.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::credentials;
    use super::super::fields::FIELDS;
    use super::*;
    use crate::client_auth::ClientAuth;
    use crate::credential::{Scheme, USERNAME};
    use crate::grant::Grant;
    use crate::profile::preset::PRESETS;
    use crate::profile::{Renew, Strategy, Timing};
    use crate::request::{BasicEncoding, Method, ParamsIn, StandardParam};
    use crate::response::{ResponseMap, StatusMeaning};

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).unwrap()
    }

    fn names(object: &Value) -> Vec<&str> {
        let mut names: Vec<_> = object
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names
    }

    fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn it_has_the_keys_that_are_read() {
        let schema = schema();
        let profile = &schema["$defs"]["profile"]["properties"];
        assert_eq!(
            names(profile),
            sorted(FIELDS.iter().map(|field| field.name))
        );
        let common = FIELDS
            .iter()
            .filter(|field| field.in_defaults)
            .map(|field| field.name);
        let defaults = &schema["properties"]["defaults"]["properties"];
        assert_eq!(names(defaults), sorted(common));
        for (name, value) in defaults.as_object().unwrap() {
            assert_eq!(
                value["$ref"],
                json!(format!("#/$defs/profile/properties/{name}"))
            );
        }
        for (name, value) in profile.as_object().unwrap() {
            assert!(
                value["description"].as_str().unwrap().ends_with('.'),
                "{name}"
            );
        }
    }

    #[test]
    fn it_has_the_words_that_are_read() {
        let schema = schema();
        let key = |name: &str| &schema["$defs"]["profile"]["properties"][name];
        assert_eq!(key("strategy")["enum"], json!(Strategy::NAMES));
        assert_eq!(key("strategy")["default"], json!(Strategy::NAMES[0]));
        assert_eq!(
            key("preset")["enum"],
            json!(PRESETS.map(|preset| preset.name))
        );
        assert_eq!(key("method")["enum"], json!(Method::NAMES));
        assert_eq!(key("client_auth")["enum"], json!(ClientAuth::NAMES));
        assert_eq!(key("params_in")["enum"], json!(ParamsIn::NAMES));
        assert_eq!(key("basic_encoding")["enum"], json!(BasicEncoding::NAMES));
        assert_eq!(key("grant")["enum"], json!(Grant::NAMES));
        assert_eq!(key("renew")["enum"], json!(Renew::NAMES));
        assert_eq!(
            key("status")["additionalProperties"]["enum"],
            json!(StatusMeaning::NAMES)
        );
        assert_eq!(
            schema["$defs"]["standard_parameter"]["enum"],
            json!(StandardParam::NAMES)
        );
    }

    #[test]
    fn it_has_the_keys_of_credentials() {
        let schema = schema();
        let row =
            &schema["properties"]["credentials"]["additionalProperties"]["oneOf"][1]["properties"];
        assert_eq!(names(row), sorted(credentials::KEYS.into_iter()));
        assert_eq!(row["scheme"]["enum"], json!(Scheme::NAMES));
        assert_eq!(row["username"]["default"], json!(USERNAME));
    }

    #[test]
    fn it_has_the_defaults_that_count() {
        let schema = schema();
        let default =
            |name: &str| schema["$defs"]["profile"]["properties"][name]["default"].clone();
        let duration =
            |name: &str| crate::time::parse_duration(default(name).as_str().unwrap()).unwrap();
        let timing = Timing::default();
        assert_eq!(duration("timeout"), timing.timeout);
        assert_eq!(duration("connect_timeout"), timing.connect_timeout);
        assert_eq!(duration("min_ttl"), timing.min_ttl);
        assert_eq!(duration("refresh_before"), timing.refresh_before);
        assert_eq!(duration("cool_down"), timing.cool_down);
        assert_eq!(default("retries"), json!(timing.retries));
        let map = ResponseMap::default();
        let places = [
            ("access_token", &map.access_token),
            ("expires_in", &map.expires_in),
            ("scope", &map.scope),
        ];
        for (name, place) in places {
            let response = &schema["$defs"]["profile"]["properties"]["response"]["properties"];
            assert_eq!(response[name]["default"], json!(place));
        }
    }
}
