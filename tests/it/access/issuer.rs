//! A token issuer that publishes its keys on a local server.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use waba_migrator::util::clock;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub const ISSUER: &str = "https://login.example.com";
pub const AUDIENCE: &str = "waba-migrator";

/// A fake token issuer.
pub struct Issuer {
    server: MockServer,
    /// Path of the published keys. It is unique, because the service of another test may still
    /// fetch from an earlier issuer at this address.
    path: String,
}

/// A key pair of the issuer.
pub struct Pair {
    id: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Issuer {
    /// Starts an issuer that publishes these keys.
    pub async fn publishing(pairs: &[&Pair]) -> Self {
        let issuer = Self {
            server: MockServer::start().await,
            path: format!("/{}/keys", clock::new_id()),
        };
        issuer.publish(pairs).await;
        issuer
    }

    pub fn url(&self) -> String {
        self.server.uri() + &self.path
    }

    /// Replaces the published keys.
    pub async fn publish(&self, pairs: &[&Pair]) {
        let keys: Vec<Value> = pairs.iter().map(|pair| pair.public()).collect();
        self.answer(ResponseTemplate::new(200).set_body_json(json!({ "keys": keys })))
            .await;
    }

    /// Replaces the response to a fetch of the keys.
    pub async fn answer(&self, response: ResponseTemplate) {
        self.server.reset().await;
        let mock = Mock::given(path(self.path.as_str())).respond_with(response);
        mock.mount(&self.server).await;
    }

    /// Number of fetches since the response was last replaced.
    pub async fn fetches(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        let fetches = requests
            .iter()
            .filter(|request| request.url.path() == self.path);
        fetches.count()
    }
}

impl Pair {
    pub fn p256(id: &'static str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self {
            id,
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_der(pair.as_ref()),
        }
    }

    pub fn ed25519(id: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
        Self {
            id,
            algorithm: Algorithm::EdDSA,
            private: EncodingKey::from_ed_der(pair.as_ref()),
        }
    }

    pub fn rsa(id: &'static str) -> Self {
        /// Length of the PKCS#8 header before the key itself, bytes.
        const HEADER: usize = 26;
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        Self {
            id,
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(&der.as_ref()[HEADER..]),
        }
    }

    /// The public key as published.
    pub fn public(&self) -> Value {
        let mut key = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        key.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(key).unwrap()
    }

    /// A signed token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        let header = Header {
            kid: Some(self.id.to_owned()),
            ..Header::new(self.algorithm)
        };
        encode(&header, claims, &self.private).unwrap()
    }
}

/// The claims of a valid token that expires an hour after `now`.
pub fn claims(now: Timestamp) -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "billing",
        "exp": now.as_second() + 3600,
        "tenant": "acme",
        "role": "migrator",
    })
}
