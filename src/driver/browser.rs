//! Whether this machine has a browser that can show a page beside the terminal.
//!
//! It only looks at the environment. What is started in earnest must never be a text browser: it would write over the screen.

use std::ffi::OsStr;

/// The kinds of system that differ in how a page comes to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// A desktop of its own, as macOS and Windows have.
    Desktop,
    /// Linux and its like, where a display has to be there first.
    Display,
}

impl System {
    pub(super) const HERE: Self = if cfg!(any(target_os = "macos", windows)) { Self::Desktop } else { Self::Display };
}

/// Browsers that show pages in the terminal itself.
const TEXT_BROWSERS: [&str; 7] = ["browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"];

/// Why no page can be shown here, in words; `None` when one can. `variable` reads the environment.
pub(super) fn missing(system: System, variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.trim().is_empty());
    if let Some(named) = variable("BROWSER").filter(|value| !value.trim().is_empty()) {
        return is_for_text(&named).then_some("BROWSER names one that would write over this screen");
    }
    let has_display = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    let is_remote = is_set("SSH_CONNECTION") || is_set("SSH_CLIENT") || is_set("SSH_TTY");
    match system {
        // What is opened over SSH shows on the screen of the other machine, where nobody looks.
        System::Desktop if is_remote => Some("this is an SSH session"),
        System::Desktop => None,
        // A display may be forwarded, and the Windows beneath Linux has browsers of its own.
        System::Display if has_display || is_set("WSL_DISTRO_NAME") => None,
        System::Display if is_remote => Some("this is an SSH session"),
        System::Display => Some("there is no display"),
    }
}

/// Whether any of the browsers that `BROWSER` names, divided by colons, is one for the terminal.
fn is_for_text(named: &str) -> bool {
    named.split(':').filter_map(|command| command.split_whitespace().next()).any(|program| {
        let name = std::path::Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or(program);
        TEXT_BROWSERS.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_with(system: System, set: &[(&str, &str)]) -> Option<&'static str> {
        missing(system, |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_page_is_only_opened_where_somebody_can_see_it() {
        use System::{Desktop, Display};
        let ssh = ("SSH_CONNECTION", "203.0.113.9 50022 10.0.0.4 22");
        for (system, set, has_one) in [
            (Desktop, &[][..], true),
            (Desktop, &[ssh], false),
            (Display, &[], false),
            (Display, &[("DISPLAY", "")], false),
            (Display, &[("DISPLAY", ":0")], true),
            (Display, &[("WAYLAND_DISPLAY", "wayland-0")], true),
            (Display, &[ssh], false),
            (Display, &[ssh, ("DISPLAY", "localhost:10.0")], true),
            (Display, &[("WSL_DISTRO_NAME", "Ubuntu")], true),
            (Display, &[("BROWSER", "/usr/bin/firefox")], true),
            (Display, &[ssh, ("BROWSER", "/opt/helper/browser.sh")], true),
            (Desktop, &[ssh, ("BROWSER", "/opt/helper/browser.sh")], true),
        ] {
            assert_eq!(missing_with(system, set).is_none(), has_one, "{system:?} {set:?}");
        }
    }

    #[test]
    fn a_text_browser_is_none() {
        for named in ["lynx", "/usr/bin/w3m", "firefox:lynx", "elinks -no-home"] {
            let set = [("BROWSER", named), ("DISPLAY", ":0")];
            assert!(missing_with(System::Display, &set).is_some(), "{named}");
        }
    }
}
