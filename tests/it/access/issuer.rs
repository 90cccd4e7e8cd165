//! An issuer of tokens that publishes its keys on this machine.

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

/// An issuer.
pub struct Issuer {
    server: MockServer,
    /// Where its keys are. No other issuer has them there: a service of another test may still ask one that stood at this address.
    path: String,
}

/// A pair of keys of an issuer's.
pub struct Pair {
    id: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Issuer {
    /// One that publishes these keys.
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

    /// Publishes these keys and no others from now on.
    pub async fn publish(&self, pairs: &[&Pair]) {
        let keys: Vec<Value> = pairs.iter().map(|pair| pair.public()).collect();
        self.answer(ResponseTemplate::new(200).set_body_json(json!({ "keys": keys })))
            .await;
    }

    /// Answers this from now on.
    pub async fn answer(&self, answer: ResponseTemplate) {
        self.server.reset().await;
        let asked = Mock::given(path(self.path.as_str())).respond_with(answer);
        asked.mount(&self.server).await;
    }

    /// How often it was asked since it last changed its answer.
    pub async fn asked(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        let mine = requests
            .iter()
            .filter(|request| request.url.path() == self.path);
        mine.count()
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
        /// What stands before the key itself: that it is one, and of which kind.
        const WRAPPING: usize = 26;
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        Self {
            id,
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(&der.as_ref()[WRAPPING..]),
        }
    }

    /// The public key, as it is published.
    pub fn public(&self) -> Value {
        let mut key = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        key.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(key).unwrap()
    }

    /// A token that says this.
    pub fn token(&self, claims: &Value) -> String {
        let header = Header {
            kid: Some(self.id.to_owned()),
            ..Header::new(self.algorithm)
        };
        encode(&header, claims, &self.private).unwrap()
    }
}

/// What a good token says for an hour from `now` on.
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
