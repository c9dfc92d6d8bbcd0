//! Names of the values of an enum, as a profile writes them and `tok` shows them.

/// A text that is not the name of any value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName {
    /// The names that would be valid.
    pub valid: &'static [&'static str],
}

/// Gives an enum without fields its names, one row each: `ALL`, `NAMES`, `as_str()` and `FromStr`.
macro_rules! names {
    ($Type:ident { $($Variant:ident = $name:literal,)+ }) => {
        impl $Type {
            /// Every value; where a profile need not choose, the first is the default.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The name of every value, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $Type {
            type Err = $crate::names::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$Variant),)+
                    _ => Err($crate::names::UnknownName { valid: Self::NAMES }),
                }
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ParamsIn;

    #[test]
    fn every_name_is_read_as_its_value() {
        for (value, name) in ParamsIn::ALL.iter().zip(ParamsIn::NAMES) {
            assert_eq!((value.as_str(), name.parse()), (*name, Ok(*value)));
        }
        let valid = ParamsIn::NAMES;
        assert_eq!("text".parse::<ParamsIn>(), Err(UnknownName { valid }));
    }
}
