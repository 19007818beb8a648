//! A posted form: names and values in their order; a name may be there more than once.

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse, Response};

use crate::{Code, ServiceError};

/// The fields of a posted form.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Fields(Vec<(String, String)>);

impl Fields {
    #[cfg(test)]
    pub(super) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The first value of that name, without spaces around it.
    pub(in crate::pages) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The same, if something was entered.
    pub(in crate::pages) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The names that begin so, without their beginning, with their values.
    pub(in crate::pages) fn beginning_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = self.0.iter();
        named.filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }

    /// Whether a box was ticked.
    pub(in crate::pages) fn ticked(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Reads a value, if something was entered.
    ///
    /// # Errors
    /// `label: what is wrong`.
    pub(in crate::pages) fn read<T>(&self, name: &str, label: &str) -> Result<Option<T>, ServiceError>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let read = self.filled(name).map(str::parse).transpose();
        read.map_err(|error| ServiceError::new(Code::Invalid, format!("{label}: {error}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        form.map(|Form(fields)| Self(fields)).map_err(IntoResponse::into_response)
    }
}
