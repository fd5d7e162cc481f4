//! `POST /reload` and `POST /rollback/{version}`, and who may do that.
//!
//! With a token: who has it. No browser adds it by itself, so it does not matter from which page it comes. Without one: who is on
//! this machine. A browser is on this machine too, whatever page it shows, so what comes from another page is refused, and so is a name
//! that some page may have had resolved to this address.

use crate::options::Options;
use crate::problem::Problem;
use crate::search::{named, not_kept};
use crate::secret::Secret;
use crate::server::Peer;
use crate::service::Service;
use crate::source::{File, Source};
use crate::status;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use readmostly_reload::Status;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

/// What proxies add, beside all that begins with `x-forwarded-`.
const PROXY: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// Proof that who asks may change things.
#[derive(Debug)]
pub struct Admin;

impl FromRequestParts<Arc<Service>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        allow(&service.options, peer, &parts.headers)
    }
}

/// `POST /reload`
pub async fn reload(_: Admin, State(service): State<Arc<Service>>) -> Result<Json<Value>, Problem> {
    let state = of_a_file(&service)?.reload().await;
    let (version, size) = (service.table.version(), service.table.len());
    Ok(Json(json!({ "version": version, "size": size, "source": status::of_file(&state) })))
}

/// What is asked for beside the version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The run of which the version is, as in `GET /status`; this one, unless it says another.
    run: Option<String>,
}

/// `POST /rollback/{version}?run=…`
pub async fn rollback(
    _: Admin,
    State(service): State<Arc<Service>>,
    version: Result<Path<String>, PathRejection>,
    of: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(of) = of
        .map_err(|error| Problem::bad_request("bad_query", format!("{}; there is run", error.body_text())))?;
    let wanted = named(version)?;
    if wanted == 0 {
        return Err(Problem::bad_request(
            "bad_version",
            "version 0 is the empty table before the first load",
        ));
    }
    let file = of_a_file(&service)?;
    // Each run counts its versions from 1, so that the same number is another list.
    if of.run.is_some_and(|run| run != service.run) {
        return Err(Problem::conflict(
            "other_run",
            "the version is of another run of the service, and this one has other versions: look at GET /status again",
        ));
    }
    match file.rollback(wanted).await {
        None => Err(Problem::unavailable("not_ready", "no list is loaded yet")),
        Some(Err(unknown)) => Err(not_kept(wanted, &unknown.there)),
        Some(Ok((status, true))) => Ok(Json(json!({
            "version": status.version,
            "to": wanted,
            "done": true,
            "added": status.changes.added,
            "removed": status.changes.removed,
            "note": "this stays until the list changes again",
        }))),
        // The changes of the status are those of the load before.
        Some(Ok((Status { version, .. }, false))) => Ok(Json(json!({
            "version": version,
            "to": wanted,
            "done": false,
            "added": 0,
            "removed": 0,
            "note": format!("version {version} has what was asked for already: nothing was done"),
        }))),
    }
}

/// The file that is followed. What follows etcd is not changed here: the others of its fleet would have another list.
fn of_a_file(service: &Service) -> Result<&Arc<File>, Problem> {
    match &service.source {
        Source::File(file) => Ok(file),
        Source::Etcd(_) => Err(Problem::conflict(
            "follows_etcd",
            "the list is that of etcd, and each change there is in force at once: change it there, as with etcdctl put and etcdctl del",
        )),
    }
}

fn allow(options: &Options, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Admin, Problem> {
    if let Some(token) = &options.token {
        return has_token(headers, token);
    }
    from_own_page(headers)?;
    is_near(peer, headers)
}

/// A browser says where a request comes from. Others say nothing of it.
fn from_own_page(headers: &HeaderMap) -> Result<(), Problem> {
    let other = || Problem::forbidden("a browser sends this from another page: use the page of this service");
    let site = text(headers, "sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(other());
    }
    if let Some(origin) = text(headers, header::ORIGIN.as_str()) {
        let from = origin.split_once("://").map(|(_, host)| host);
        let host = text(headers, header::HOST.as_str());
        if !from.zip(host).is_some_and(|(from, host)| from.eq_ignore_ascii_case(host)) {
            return Err(other());
        }
    }
    Ok(())
}

fn has_token(headers: &HeaderMap, token: &Secret) -> Result<Admin, Problem> {
    let given = text(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    if given.is_some_and(|given| token.is(given.trim())) {
        return Ok(Admin);
    }
    Err(match given {
        Some(_) => Problem::unauthorized(
            "Bearer realm=\"gatekeeper\", error=\"invalid_token\"",
            "the token is not the one of this service",
        ),
        None => {
            Problem::unauthorized("Bearer realm=\"gatekeeper\"", "a token is needed: Authorization: Bearer …")
        }
    })
}

fn is_near(peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Admin, Problem> {
    let far = |why| Problem::forbidden(format!("{why}: set --token on the service, and send it"));
    if !peer.is_some_and(|peer| peer.to_canonical().is_loopback()) {
        return Err(far("this is for the machine of the service only"));
    }
    // To a proxy on this machine everybody is near.
    let is_of_proxy = |name: &str| PROXY.contains(&name) || name.starts_with("x-forwarded-");
    if headers.keys().any(|name| is_of_proxy(name.as_str())) {
        return Err(far("this came through a proxy, which hides who asks"));
    }
    // Another page's name may have been resolved to this address, and is its own origin then.
    let host = text(headers, header::HOST.as_str()).and_then(|host| host.parse::<Authority>().ok());
    let is_literal = host.is_some_and(|host| {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
    });
    if is_literal {
        Ok(Admin)
    } else {
        Err(far("without a token the service is asked by an address, or as localhost"))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}
