//! What the API shows of a row.

/// A JSON view of a storage row with the same fields.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident of $row:path { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        $(#[$doc])*
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $type,)+ }

        impl From<$row> for $name {
            fn from(row: $row) -> Self {
                Self { $($field: row.$field,)+ }
            }
        }
    };
}

pub(crate) use view;
