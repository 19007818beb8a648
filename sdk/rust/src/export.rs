//! The library's entry.

/// Makes a plugin of a crate: writes `lariat_plugin`, the one symbol that the engine looks
/// for, and the type `Plugin`, which stands for it in tests. Once a crate, at its root.
///
/// ```text
/// lariat_sdk::export! {
///     id: "csv",
///     description: "Pools over CSV files",
///     pools: [Csv],
///     routines: [],
///     hooks: [],
///     providers: [],
/// }
/// ```
///
/// Only `id` has to be there; the order is as here. The version is the crate's.
#[macro_export]
macro_rules! export {
    (
        id: $id:literal
        $(, description: $description:literal)?
        $(, pools: [$($pool:ty),* $(,)?])?
        $(, routines: [$($routine:ty),* $(,)?])?
        $(, hooks: [$($hook:ty),* $(,)?])?
        $(, providers: [$($provider:ty),* $(,)?])?
        $(,)?
    ) => {
        /// This crate as a plugin.
        pub struct Plugin;

        impl $crate::Library for Plugin {
            const ID: &'static str = $id;
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const DESCRIPTION: &'static str = concat!("" $(, $description)?);

            fn extensions() -> ::std::vec::Vec<$crate::Extension> {
                ::std::vec![
                    $($($crate::Extension::pool::<$pool>(),)*)?
                    $($($crate::Extension::routine::<$routine>(),)*)?
                    $($($crate::Extension::hook::<$hook>(),)*)?
                    $($($crate::Extension::provider::<$provider>(),)*)?
                ]
            }
        }

        const _: () = {
            static TABLE: $crate::__private::LariatPlugin = $crate::__private::table::<Plugin>();
            static DESCRIPTOR: $crate::__private::LariatDescriptor = $crate::__private::LariatDescriptor::new(
                $id,
                env!("CARGO_PKG_VERSION"),
                0 $($(| { let _ = ::core::stringify!($pool); $crate::__private::LARIAT_KIND_POOL })*)?
                    $($(| { let _ = ::core::stringify!($routine); $crate::__private::LARIAT_KIND_ROUTINE })*)?
                    $($(| { let _ = ::core::stringify!($hook); $crate::__private::LARIAT_KIND_HOOK })*)?
                    $($(| { let _ = ::core::stringify!($provider); $crate::__private::LARIAT_KIND_PROVIDER })*)?,
                $crate::__private::LARIAT_CAN_CONCURRENT,
                &TABLE,
            );

            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            extern "C" fn lariat_plugin() -> *const $crate::__private::LariatDescriptor {
                &DESCRIPTOR
            }
        };
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "export! takes `id: \"name\"`, then, in this order and as needed, `description: \"…\"`, \
             `pools: [Type]`, `routines: [Type]`, `hooks: [Type]`, `providers: [Type]`"
        );
    };
}
