//! Relative paths.

use crate::support::{Home, Set, alone, lines, shown, start};
use readmostly_reload::Reload;
use std::env;
use std::fs;
use std::sync::Arc;

/// It led to a file of the next working folder, and that was shown as good.
#[test]
fn a_relative_path_without_a_working_folder_is_an_error() {
    alone("paths::a_relative_path_without_a_working_folder_is_an_error", || {
        let home = Home::new();
        let (copy, list) = (home.write("copy", "good\n"), home.write("other/list", "other\n"));
        fs::create_dir(home.path("gone")).unwrap();
        env::set_current_dir(home.path("gone")).unwrap();
        fs::remove_dir(home.path("gone")).unwrap();
        let file = |path: &str| Reload::file(path).parse(lines).poll(None);
        let is_told = |reload: crate::support::Lines, path: &str| {
            let error = reload.into(Arc::<Set>::default()).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{path}: is no path from the root, and the working folder")),
                "{error}"
            );
            assert!(error.ends_with("give a whole path, or start in a folder that is there"), "{error}");
        };
        is_told(file("list").last_good(&copy), "list");
        is_told(Reload::folder("conf.d").parse(lines).last_good(&copy), "conf.d");
        is_told(file(list.to_str().unwrap()).last_good("./copy"), "./copy");
        // One that is whole needs none.
        let reloader = start(file(list.to_str().unwrap()).last_good(&copy));
        assert_eq!(shown(&reloader), "other");
    });
}
