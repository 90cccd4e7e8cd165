//! The keys that an issuer publishes. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The usable keys of an issuer, by id.
#[derive(Debug)]
pub(super) struct KeySet(HashMap<String, Arc<VerificationKey>>);

/// A public key and its algorithms.
#[derive(Debug)]
pub(super) struct VerificationKey {
    decoding: DecodingKey,
    algorithms: Vec<Algorithm>,
}

/// Maximum keys of a set.
const MAX_KEYS: usize = 100;
/// Maximum length of a key id, bytes. Longer ones are ignored, since unknown ids are cached.
pub(super) const MAX_ID_BYTES: usize = 256;

impl KeySet {
    /// Reads a set. Keys that are unusable or unsupported are skipped, so that they do not make the
    /// others unusable. `None` if it is not a set, or has no usable key.
    pub(super) fn read(document: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let Document { keys } = serde_json::from_slice(document).ok()?;
        let mut set = HashMap::new();
        for key in keys.into_iter().take(MAX_KEYS) {
            if let Some((id, key)) = VerificationKey::read(key) {
                set.entry(id).or_insert_with(|| Arc::new(key));
            }
        }
        (!set.is_empty()).then_some(Self(set))
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<VerificationKey>> {
        self.0.get(id).cloned()
    }
}

impl VerificationKey {
    fn read(key: Value) -> Option<(String, Self)> {
        let key: Jwk = serde_json::from_value(key).ok()?;
        let id = key.common.key_id.clone();
        let id = id.filter(|id| id.len() <= MAX_ID_BYTES)?;
        let signs = matches!(
            key.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let mut algorithms = algorithms(&key.algorithm);
        if let Some(own) = key.common.key_algorithm {
            let own = Algorithm::try_from(own).ok()?;
            algorithms.retain(|algorithm| *algorithm == own);
        }
        let decoding = DecodingKey::from_jwk(&key).ok()?;
        let usable = signs && !algorithms.is_empty();
        usable.then_some((
            id,
            Self {
                decoding,
                algorithms,
            },
        ))
    }

    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// The algorithms of this kind of key. Symmetric keys have none.
fn algorithms(kind: &AlgorithmParameters) -> Vec<Algorithm> {
    match kind {
        AlgorithmParameters::RSA(_) => vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            vec![Algorithm::EdDSA]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A point of the curve P-256, from RFC 7517.
    fn p256(id: &str) -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": id,
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        })
    }

    fn read(keys: &Value) -> Option<KeySet> {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn an_unusable_key_is_skipped() {
        let with = |edit: fn(&mut Value)| {
            let mut key = p256("odd");
            edit(&mut key);
            key
        };
        for odd in [
            json!(7),
            json!({}),
            json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0" }),
            json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0", "alg": "HS256" }),
            json!({ "kty": "quantum", "kid": "odd" }),
            with(|key| key["use"] = json!("enc")),
            with(|key| key["alg"] = json!("RS256")),
            with(|key| key["alg"] = json!("ECDH-ES")),
            with(|key| key["crv"] = json!("secp256k1")),
            with(|key| key["x"] = json!("!")),
            with(|key| key["kid"] = json!(null)),
        ] {
            let set = read(&json!([odd, p256("good")])).unwrap();
            assert!(set.find("good").is_some(), "{odd}");
            assert!(set.find("odd").is_none(), "{odd}");
            assert!(read(&json!([odd])).is_none(), "{odd}");
        }
        for none in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"keys": {}}"#,
            r#"{"keys": []}"#,
        ] {
            assert!(KeySet::read(none.as_bytes()).is_none(), "{none}");
        }
    }

    #[test]
    fn a_key_is_used_for_the_algorithms_of_its_kind_only() {
        let set = read(&json!([p256("a")])).unwrap();
        let key = set.find("a").unwrap();
        assert!(key.is_for(Algorithm::ES256));
        for other in [Algorithm::ES384, Algorithm::RS256, Algorithm::HS256] {
            assert!(!key.is_for(other), "{other:?}");
        }
    }
}
