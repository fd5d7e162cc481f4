//! What went wrong with others' reloads, as their users have reported it: the project and the number of the report.
//!
//! | report | what went wrong | test |
//! |---|---|---|
//! | rathole 76, hotwatch 10, ironbar 304, rift 377, dora 530, agentgateway 1815 | a watch of the file does not see what comes in its place | here, and `files::{a_rename_over_the_file_is_found, the_backup_dance_of_vim_is_found}` |
//! | rathole 359 | the file that a link leads to is written | here |
//! | apollographql/router 1695, cfg4k 65, parca 3230, mediamtx 181, configmap-reload 190, agentgateway 352 | `..data` of a `ConfigMap` is swapped | here, and `folders::a_config_map_of_several_files_is_never_seen_half_swapped` |
//! | mediamtx 181 | the file is removed and created | `files::a_file_that_is_deleted_and_created_is_found` |
//! | xremap 896, viper 948, vitess 13627 | an empty file, seen half way | here, and `files::an_empty_file_seen_half_way_is_not_taken` |
//! | dskit 262, logstash 6149 | the same good content as before is not good again | `status::the_same_good_content_after_a_bad_one_is_good_again` |
//! | `VictoriaMetrics` 4786 | a content that is still bad becomes good | `status::a_content_that_is_still_bad_stays_bad_and_counts_once` |
//! | temps 1036 | the copy is written first | `last_good::the_copy_is_written_after_the_content_is_in_force` |
//! | pyjwt 1162 | an outage takes what was there | `last_good::a_start_without_the_source_takes_the_copy_and_says_so`, `sources::an_outage_is_told_and_over_when_the_source_says_unchanged` |
//! | aisix 112, cascade 369, clash-verge-self 2380 | load, change, store | `concurrency::{a_version_that_another_writer_publishes_meanwhile_is_what_the_next_is_checked_against, no_write_to_what_is_not_the_sources_is_lost}` |

use crate::support::{Home, Set, WAYS, file, lines, shown, start, until, until_shown};
use readmostly::paged::PagedSet;
use readmostly_reload::{Refused, Reload};
use std::fs::{self, File};
use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// rathole 76, hotwatch 10, ironbar 304, rift 377, dora 530, agentgateway 1815: a watch of the file ended with the file. Of an
/// editor that renames over it, the first save was seen and no other.
#[test]
fn the_tenth_save_of_an_editor_is_seen_as_the_first_is() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("list", "0\n");
        let reloader = start(way.of(file(&path)));
        for save in 1..=10 {
            home.write(".list.swx", format!("{save}\n"));
            home.rename(".list.swx", "list");
            until_shown(&reloader, &save.to_string());
        }
        assert_eq!(reloader.status().applied, 11);
    }
}

/// rathole 359: `ln -s ./test/config.toml ./config.toml`, and then the file or the link is edited.
#[cfg(unix)]
#[test]
fn the_file_that_a_link_leads_to_is_watched() {
    for way in WAYS {
        let home = Home::new();
        home.write("test/config.toml", "a\n");
        home.link("config.toml", "./test/config.toml");
        let reloader = start(way.of(file(&home.path("config.toml"))));
        home.write("test/config.toml", "b\n");
        until_shown(&reloader, "b");
        home.write("test/new", "c\n");
        home.rename("test/new", "test/config.toml");
        until_shown(&reloader, "c");
        // Through the link.
        home.write("config.toml", "d\n");
        until_shown(&reloader, "d");
    }
}

/// apollographql/router 1695, cfg4k 65, parca 3230, mediamtx 181, configmap-reload 190, agentgateway 352: the kubelet writes a
/// new folder, swaps a link that is not the file, and removes the old folder. It does so again and again.
#[cfg(unix)]
#[test]
fn a_config_map_is_followed_through_each_of_its_swaps() {
    for way in WAYS {
        let home = Home::new();
        home.config_map("etc/config", 1, &[("list", "1\n")]);
        let reloader = start(way.of(file(&home.path("etc/config/list"))));
        for generation in 2..=10 {
            home.config_map("etc/config", generation, &[("list", &format!("{generation}\n"))]);
            until_shown(&reloader, &generation.to_string());
        }
        let status = reloader.status();
        assert_eq!(
            (status.applied, status.failed),
            (10, 0),
            "the removed folder was seen as an error, {way:?}"
        );
    }
}

/// The same volume, mounted into a folder that a link leads to.
#[cfg(unix)]
#[test]
fn a_config_map_behind_a_link_is_followed() {
    for way in WAYS {
        let home = Home::new();
        home.config_map("volume", 1, &[("list", "1\n")]);
        home.link("config", "volume");
        let reloader = start(way.of(file(&home.path("config/list"))));
        home.config_map("volume", 2, &[("list", "2\n")]);
        until_shown(&reloader, "2");
        home.config_map("elsewhere", 1, &[("list", "3\n")]);
        home.link("config", "elsewhere");
        until_shown(&reloader, "3");
        home.config_map("elsewhere", 2, &[("list", "4\n")]);
        until_shown(&reloader, "4");
    }
}

/// xremap 896, viper 948, vitess 13627: `>` truncates first. The empty file was taken, and its emptiness with it.
#[test]
fn a_shell_that_truncates_and_then_writes_never_empties_the_table() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("list", "a\n");
        let settle = Duration::from_millis(300);
        let least = |_: &PagedSet<String>, new: &PagedSet<String>| {
            if new.is_empty() { Err("the empty file was looked into") } else { Ok(()) }
        };
        let builder = Reload::file(&path).parse(lines).validate(least).settle(settle);
        let reloader = start(way.of(builder));
        for content in ["b\n", "c\nd\n"] {
            let mut file = File::create(&path).unwrap();
            thread::sleep(settle / 6);
            file.write_all(content.as_bytes()).unwrap();
            drop(file);
            until_shown(&reloader, &content.trim().replace('\n', " "));
        }
        assert_eq!((reloader.status().applied, reloader.status().failed), (3, 0));
    }
}

/// pyjwt 1162: a refresh that fails took away the keys that were there, and everybody was locked out.
#[test]
fn a_refresh_that_fails_takes_nothing_away() {
    let mut answers =
        vec![Ok("a\n"), Err("502 Bad Gateway"), Ok("<html>502 Bad Gateway</html>"), Ok("")].into_iter();
    let source = move || {
        let answer = answers.next().unwrap_or(Err("timed out"));
        answer.map(|text| Some(readmostly_reload::Content::from_bytes("keys", text))).map_err(Refused::new)
    };
    let not_none = |_: &PagedSet<String>, new: &PagedSet<String>| {
        if new.is_empty() { Err("no key is left") } else { Ok(()) }
    };
    let reloader =
        Reload::source(source).parse(lines).validate(not_none).into(Arc::<Set>::default()).unwrap();
    for reason in ["502 Bad Gateway", "has a space", "no key is left", "timed out", "timed out"] {
        assert_eq!(reloader.now().last_error.expect("an error").reason, reason);
        assert_eq!(shown(&reloader), "a");
    }
    assert_eq!(reloader.status().failed, 4);
}

/// A deployment that removes the folder and makes it anew, as `rsync --delete` and some volume drivers do.
#[test]
fn a_deployment_that_makes_the_folder_anew_is_followed() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("etc/app/list", "0\n");
        let reloader = start(way.of(file(&path)));
        for round in 1..=3 {
            fs::remove_dir_all(home.path("etc/app")).unwrap();
            home.write("etc/app/list", format!("{round}\n"));
            until_shown(&reloader, &round.to_string());
        }
        until("good", || reloader.status().is_good());
    }
}
