//! Request strategies: named combinations of method, client authentication and place of the parameters.

use crate::client_auth::ClientAuth;
use crate::names::names;
use crate::request::{Method, ParamsIn};

/// A named combination, chosen by looking at the provider's own sample.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    #[default]
    BasicForm,
    BasicJson,
    PostForm,
    PostJson,
    GetQuery,
}

names!(Strategy {
    BasicForm = "basic_form",
    BasicJson = "basic_json",
    PostForm = "post_form",
    PostJson = "post_json",
    GetQuery = "get_query",
});

impl Strategy {
    pub const fn method(self) -> Method {
        match self {
            Self::GetQuery => Method::Get,
            _ => Method::Post,
        }
    }

    pub const fn client_auth(self) -> ClientAuth {
        match self {
            Self::BasicForm | Self::BasicJson => ClientAuth::SecretBasic,
            Self::PostForm | Self::PostJson | Self::GetQuery => ClientAuth::SecretPost,
        }
    }

    pub const fn params_in(self) -> ParamsIn {
        match self {
            Self::BasicForm | Self::PostForm => ParamsIn::Form,
            Self::BasicJson | Self::PostJson => ParamsIn::Json,
            Self::GetQuery => ParamsIn::Query,
        }
    }

    /// One line for tables.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::BasicForm => "POST, Basic credentials, form body",
            Self::BasicJson => "POST, Basic credentials, JSON body",
            Self::PostForm => "POST, credentials in the form body",
            Self::PostJson => "POST, credentials in the JSON body",
            Self::GetQuery => "GET, credentials in the query",
        }
    }
}
