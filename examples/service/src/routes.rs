//! The routes, and what all answers have in common.

use crate::admin;
use crate::changes;
use crate::check::{self, Checks, Lookup};
use crate::metrics::Metrics;
use crate::page;
use crate::problem::Problem;
use crate::search;
use crate::service::Service;
use crate::status;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// All routes.
pub fn all(service: &Arc<Service>) -> Router {
    let checks = Checks { table: Arc::clone(&service.table), metrics: Arc::clone(&service.metrics) };
    let routes = Router::new()
        .route("/", get(page::html))
        .route("/page.css", get(page::css))
        .route("/page.js", get(page::js))
        .route("/check", post(check::many))
        .route("/status", get(show_status))
        .route("/metrics", get(show_metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/changes", get(changes::changes))
        .route("/changes/{version}", get(search::search))
        .route("/reload", post(admin::reload))
        .route("/rollback/{version}", post(admin::rollback))
        .with_state(Arc::clone(service))
        .merge(one_check(checks))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_way);
    counted(routes, Arc::clone(&service.metrics))
}

/// `GET /check/{domain}`, over any table.
pub fn one_check<T: Lookup>(checks: Checks<T>) -> Router {
    Router::new().route("/check/{domain}", get(check::one::<T>)).with_state(checks)
}

/// Has each request counted, and timed if it is for a check.
pub fn counted(routes: Router, metrics: Arc<Metrics>) -> Router {
    routes.layer(middleware::from_fn_with_state(metrics, count))
}

async fn count(
    State(metrics): State<Arc<Metrics>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let mut response = next.run(request).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    metrics.request(route, response.status().as_u16());
    if route.is_some_and(|route| route.starts_with("/check")) {
        metrics.took(start.elapsed());
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn show_status(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(status::status(&service))
}

async fn show_metrics(
    State(service): State<Arc<Service>>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let state = service.source.state();
    let text = service.metrics.prometheus(&service.table, &service.places, &state, service.is_ready());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn healthz(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({ "healthy": true, "connections": service.metrics.connections.load(Ordering::Relaxed) }))
}

async fn readyz(State(service): State<Arc<Service>>) -> Result<Json<Value>, Problem> {
    if service.is_ready() {
        let source = status::source(&service.source.state());
        return Ok(Json(json!({ "ready": true, "version": service.table.version(), "source": source })));
    }
    let reason = if *service.stopping.borrow() {
        String::from("the service stops")
    } else {
        let why = service.source.state().reason();
        format!("no list is loaded yet: {}", why.as_deref().unwrap_or("it is on its way"))
    };
    Err(Problem::unavailable("not_ready", reason))
}

async fn nothing_here(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::not_found("no_route", format!("there is nothing at {path}"))
}

async fn not_this_way() -> Problem {
    let reason = "this route has another method: see the header Allow";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", reason)
}
