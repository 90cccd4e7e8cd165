//! The Graph calls that change something at Meta.

use crate::{CodeMethod, Language, PhoneNumber, PhoneNumberId, Pin, VerificationCode};

/// Declares each call once: its name, with its arguments as a [`Write`], and its title.
macro_rules! graph_calls {
    ($(
        $(#[$doc:meta])*
        $call:ident = $name:literal, $title:literal
        $(, { $($(#[$argument_doc:meta])* $argument:ident: $type:ty,)* })?;
    )*) => {
        crate::named::named_enum! {
            /// A Graph call that changes something at Meta.
            GraphCall { $($(#[$doc])* $call = $name,)* }
        }

        /// A Graph call that changes something at Meta, with its arguments.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Write {
            $($(#[$doc])* $call $({ $($(#[$argument_doc])* $argument: $type,)* })?,)*
        }

        impl GraphCall {
            /// What it does, for a person.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$call => $title,)*
                }
            }
        }

        impl Write {
            /// The call, without its arguments.
            #[must_use]
            pub const fn call(&self) -> GraphCall {
                match self {
                    $(Self::$call { .. } => GraphCall::$call,)*
                }
            }
        }
    };
}

graph_calls! {
    /// Subscribes the token's app to the destination's webhooks.
    Subscribe = "SUBSCRIBE", "Subscribe an app";

    /// Adds the number to the destination.
    AddNumber = "ADD_NUMBER", "Add the number", {
        /// In the form that the source shows, if the source was read.
        number: PhoneNumber,
    };

    /// Sends a code to the number's owner.
    RequestCode = "REQUEST_CODE", "Request a code", {
        /// Id of the number.
        id: PhoneNumberId,
        /// How the code is sent.
        method: CodeMethod,
        /// Language of the message.
        language: Language,
    };

    /// Submits the owner's code.
    VerifyCode = "VERIFY_CODE", "Verify the code", {
        /// Id of the number.
        id: PhoneNumberId,
        /// The code.
        code: VerificationCode,
    };

    /// Registers the number.
    Register = "REGISTER", "Register the number", {
        /// Id of the number.
        id: PhoneNumberId,
        /// The two-step verification PIN that the number gets.
        pin: Pin,
    };
}
