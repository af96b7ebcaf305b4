//! What the server says to somebody who does not log in.

use std::time::SystemTime;

use reqwest::{StatusCode, Url};

use super::Transport;
use crate::ews::failure::{Circumstances, offered};
use crate::sync::error::RemoteError;
use crate::web::circumstances::Circumstances as Known;
use crate::web::limited::read_page;
use crate::web::limits::Limits;

/// An answer to nobody.
pub(in crate::ews) struct Knocked {
    pub(in crate::ews) status: StatusCode,
    /// The schemes that it offers for logging in.
    pub(in crate::ews) schemes: Vec<String>,
    /// The server's certificate, where there is TLS.
    pub(in crate::ews) certificate: Option<Vec<u8>>,
    /// What the status means, unless it is a success.
    pub(in crate::ews) error: Option<RemoteError>,
}

/// Where the first connection leads to.
pub(in crate::ews) struct Hop {
    pub(in crate::ews) host: String,
    pub(in crate::ews) port: u16,
    pub(in crate::ews) is_proxy: bool,
}

impl Transport {
    /// The address of the service: the configured one, or the one that Autodiscover finds.
    pub(in crate::ews) fn address(&self, limits: &Limits) -> Result<Url, RemoteError> {
        self.endpoint
            .url(|discovery| self.search(discovery, limits))
    }

    /// The server, or the proxy before it.
    pub(in crate::ews) fn next_hop(&self, url: &Url) -> Hop {
        let proxy = self.config.web.proxy_url();
        let url = proxy.as_ref().unwrap_or(url);
        Hop {
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            is_proxy: proxy.is_some(),
        }
    }

    /// Sends a request without a log-in and without a body.
    pub(in crate::ews) fn knock(&self, url: &Url, limits: &Limits) -> Result<Knocked, RemoteError> {
        let own_id = super::fresh_id();
        let outgoing = self.outgoing(url, Vec::new(), &own_id, limits)?;
        // A line of its own: one that was let in would not be asked.
        let line = self.new_line(url)?;
        let asked = SystemTime::now();
        let response = line
            .send(&outgoing, None, Vec::new())
            .answer
            .map_err(|error| {
                let known = Known {
                    host: self.host(url),
                    request_id: Some(own_id.clone()),
                    ..Known::default()
                };
                known.no_answer(&error)
            })?;
        self.clock
            .observe(response.headers(), asked, SystemTime::now());
        let (status, headers) = (response.status(), response.headers().clone());
        let certificate = response
            .tls()
            .and_then(|info| info.peer_certificate().map(<[u8]>::to_vec));
        let page = read_page(response);
        let error = (!status.is_success()).then(|| {
            let known = Known::of_answer(&self.host(url), &own_id, status, &headers);
            let page = String::from_utf8_lossy(&page);
            Circumstances::from(known).status_error(status, &headers, &page)
        });
        Ok(Knocked {
            status,
            schemes: offered(&headers).into_iter().map(str::to_owned).collect(),
            certificate,
            error,
        })
    }
}
