//! The whole URL map, with the role each route asks for.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::auth::{Keys, Role, require};
use crate::batch::Batches;
use crate::db::Db;
use crate::errors::Error;
use crate::limits::{Limits, limited};
use crate::links::Landings;
use crate::metrics::Metrics;
use crate::observe::observe;
use crate::tracking::{Views, Visits};
use crate::{attribution, docs, health, keys, links, management, metrics, pages, reports, shop, tracking};

/// What the handlers share.
pub struct Shared {
    pub db: Db,
    pub visits: Batches<Visits>,
    pub views: Batches<Views>,
    pub keys: Keys,
    pub limits: Limits,
    pub landings: Landings,
    pub metrics: Metrics,
    /// Own proxies in front of the server.
    pub trusted_proxies: usize,
    /// Longest time to receive a body.
    pub body_timeout: Duration,
    /// Longest time for a whole request.
    pub request_timeout: Duration,
}

pub type App = Arc<Shared>;

impl FromRef<App> for Db {
    fn from_ref(app: &App) -> Self {
        app.db.clone()
    }
}

#[rustfmt::skip]
pub fn router(app: App, cors: Option<CorsLayer>, example_shop: bool) -> Router {
    let with_role = |role, routes: MethodRouter<App>| {
        routes.route_layer(from_fn_with_state((Arc::clone(&app), role), require))
    };
    let analyst = |routes| with_role(Role::Analyst, routes);
    let admin = |routes| with_role(Role::Admin, routes);

    // For everybody, without a key and without a limit.
    let open = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .route("/docs/rapidoc.js", get(docs::script))
        .route("/campaign.js", get(pages::snippet))
        .route("/favicon.svg", get(pages::icon))
        .route("/favicon.ico", get(pages::icon))
        .route("/", get(pages::dashboard))
        .route("/app", get(pages::dashboard))
        .route("/app/{*page}", get(pages::dashboard))
        .route("/assets/{*name}", get(pages::dashboard_asset));

    // The demo's, for everybody.
    let example = Router::new()
        .route("/shop", get(pages::to_shop))
        .route("/shop/", get(pages::shop))
        .route("/shop/{*page}", get(pages::shop))
        .route("/shop/assets/{*name}", get(pages::shop_asset))
        .route("/shop/catalogue.json", get(shop::catalogue).route_layer(from_fn_with_state(Arc::clone(&app), limited)));

    // For everybody, without a key, within the limits.
    let public = Router::new()
        .route("/campaigns/track-visit", post(tracking::track_visit))
        .route("/campaigns/update-activity", post(tracking::update_activity))
        .route("/orders", post(shop::place_order))
        .route("/r/{code}", get(links::follow))
        .route_layer(from_fn_with_state(Arc::clone(&app), limited))
        .method_not_allowed_fallback(other_method);
    // Without origins no other site's page may call them.
    let public = match cors {
        Some(cors) => public.layer(cors),
        None => public,
    };

    // For the holders of a key.
    let private = Router::new()
        .route("/campaigns", analyst(get(management::list)).merge(admin(post(management::create))))
        .route("/campaigns.csv", analyst(get(management::list)))
        .route("/campaigns/{id}", analyst(get(management::get))
            .merge(admin(put(management::update).delete(management::delete))))
        .route("/campaigns/{id}/children", analyst(get(management::children)))
        .route("/campaigns/{id}/activate", admin(put(management::activate)))
        .route("/campaigns/{id}/deactivate", admin(put(management::deactivate)))
        .route("/campaigns/{id}/qr.svg", analyst(get(links::qr_svg)))
        .route("/campaigns/{id}/qr.png", analyst(get(links::qr_png)))
        .route("/campaigns/preview", analyst(get(management::preview)))
        .route("/campaigns/deletion", analyst(get(management::deletion)))
        .route("/campaigns/{id}/visits", analyst(get(reports::visits)))
        .route("/campaigns/{id}/visits.csv", analyst(get(reports::visits)))
        .route("/campaigns/{id}/visits/active", analyst(get(reports::active_visits)))
        .route("/campaigns/{id}/visits/active.csv", analyst(get(reports::active_visits)))
        .route("/campaigns/{id}/analytics", analyst(get(reports::analytics)))
        .route("/campaigns/{id}/conversions", analyst(get(reports::conversions)))
        .route("/campaigns/{id}/conversions.csv", analyst(get(reports::conversions)))
        .route("/campaigns/{id}/timeline", analyst(get(reports::timeline)))
        .route("/campaigns/{id}/timeline.csv", analyst(get(reports::timeline)))
        .route("/campaigns/{id}/products", analyst(get(reports::products)))
        .route("/campaigns/{id}/overlap", analyst(get(reports::overlap)))
        .route("/campaigns/tree", analyst(get(reports::branches)))
        .route("/campaigns/live", analyst(get(reports::live)))
        .route("/campaigns/leaderboard", analyst(get(reports::leaderboard)))
        .route("/campaigns/leaderboard.csv", analyst(get(reports::leaderboard)))
        .route("/campaigns/analytics/overview", analyst(get(reports::overview)))
        .route("/campaigns/analytics/platform", analyst(get(reports::platforms)))
        .route("/campaigns/identify", admin(post(tracking::identify)))
        .route("/orders/{id}/campaign-source", analyst(get(attribution::order_source)))
        .route("/customers/{id}/acquisition", analyst(get(attribution::customer_acquisition)))
        .route("/customers/{id}/campaign-history", analyst(get(attribution::customer_history)))
        .route("/attribution-failures", analyst(get(attribution::failures)))
        .route("/attribution-failures/retry", admin(post(attribution::retry_failures)))
        .route("/me", analyst(get(keys::me)))
        .route("/keys", admin(get(keys::list)).merge(admin(post(keys::create))))
        .route("/keys/{id}", admin(delete(keys::revoke)))
        .route("/status", analyst(get(health::status)))
        .route("/metrics", analyst(get(metrics::metrics)))
        .method_not_allowed_fallback(other_method);

    let open = if example_shop { open.merge(example) } else { open };
    open.method_not_allowed_fallback(other_method)
        .merge(public)
        .merge(private)
        .fallback(no_route)
        .layer(from_fn_with_state(Arc::clone(&app), observe))
        .with_state(app)
}

/// Lets pages of the given origins call the public routes; `*` stands for any.
pub fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().cloned()),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_secs(86_400));
    Some(layer)
}

async fn no_route() -> Error {
    Error::NotFound("there is no such address".to_owned())
}

/// A method the address does not take; OPTIONS is answered by the Allow header, which axum adds.
async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Error::MethodNotAllowed.into_response(),
    }
}
