//! Enums whose values have public names: in the journal, in JSON, in flags and in the keys of assets.

/// Declares such an enum. Each value stands beside its name, and nowhere else: serde, `ALL` and `as_str` go by this list.
macro_rules! named {
    ($(#[$about:meta])* pub enum $kind:ident { $($(#[$about_value:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $kind {
            $($(#[$about_value])* #[serde(rename = $name)] $value,)+
        }

        impl $kind {
            /// Every value, in order.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Its public name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }
    };
}

pub(crate) use named;
