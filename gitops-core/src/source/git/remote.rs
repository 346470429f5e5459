//! What is asked of the server: a list of refs, and one commit.

use super::{
    attempt::Attempt, builder::Settings, cache::Generation, credentials::Credential, fault::Fault,
    reference::Listed, url::GitUrl, wire,
};
use gix::{
    ObjectId,
    bstr::ByteSlice,
    progress::Discard,
    protocol::{
        LsRefsCommand,
        ls_refs::RefPrefixes,
        transport::{Service, client::blocking_io::Transport},
    },
    remote::{Direction, fetch::Shallow, fetch::Tags},
};
use std::{num::NonZeroU32, sync::Arc};

/// How we introduce ourselves.
const AGENT: &str = concat!("gitops/", env!("CARGO_PKG_VERSION"));

/// Everything that one attempt needs.
pub(super) struct Remote<'a> {
    pub(super) url: &'a GitUrl,
    pub(super) settings: &'a Settings,
    pub(super) credential: &'a Credential,
    pub(super) attempt: &'a Arc<Attempt>,
}

impl Remote<'_> {
    /// The refs that begin with a prefix, annotated tags peeled. Nothing is stored.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<Listed>, Fault> {
        let mut transport = self.transport()?;
        let refs = self.list_over(&mut transport, prefix).map_err(|error| self.why(&error))?;
        let listed = refs.iter().filter_map(|found| {
            let (name, target, peeled) = found.unpack();
            let commit = peeled.or(target)?.to_owned();
            // A ref that is not UTF-8 can't be asked for by anybody.
            let name = name.to_str().ok()?;
            name.starts_with(prefix).then(|| Listed { name: name.to_owned(), commit })
        });
        Ok(listed.collect())
    }

    fn list_over(
        &self,
        transport: &mut Box<dyn Transport + Send>,
        prefix: &str,
    ) -> gix::Result<Vec<gix::protocol::handshake::Ref>> {
        let mut handshake = gix::protocol::handshake(
            &mut *transport,
            Service::UploadPack,
            |_| Ok(None),
            Vec::new(),
            &mut Discard,
        )?;
        // Servers that speak the old protocol have listed everything already.
        let refs =
            match handshake.refs.take() {
                Some(refs) => refs,
                None => {
                    let mut prefixes = RefPrefixes::new();
                    prefixes.extend([prefix.into()]);
                    let agent = ("agent", Some(AGENT.to_owned()));
                    LsRefsCommand::new(Some(prefixes), &handshake.capabilities, agent)
                        .invoke_blocking(&mut *transport, &mut Discard, false)?
                }
            };
        // Good manners; the answer is ours whatever becomes of it.
        let _ = gix::protocol::indicate_end_of_interaction(&mut *transport, false);
        Ok(refs)
    }

    /// Brings one commit with all its files, and none of its history, into a repository.
    ///
    /// It is asked for by id: the branch may have moved since it was listed.
    pub(super) fn fetch(&self, into: &Generation, commit: ObjectId) -> Result<(), Fault> {
        let transport = self.transport()?;
        let repo = into.repo();
        let received = self.fetch_over(&repo, transport, commit);
        received.map_err(|error| self.why(&error))?;
        match into.tree_of(commit)? {
            Some(_) => Ok(()),
            None => Err(Fault::NoSuchRef {
                what: format!("the server did not send commit {commit}"),
                advice: "it may have gone with a force-push: resolve again",
            }),
        }
    }

    fn fetch_over(
        &self,
        repo: &gix::Repository,
        transport: Box<dyn Transport + Send>,
        commit: ObjectId,
    ) -> gix::Result<()> {
        let wanted = format!("+{commit}:refs/gitops/wanted");
        // The second spec matches nothing: without any name the server would list all its refs.
        let specs = [wanted.as_str(), "+refs/gitops-none/*:refs/gitops-none/*"];
        let remote = repo
            .remote_at(self.url.url.clone())?
            .with_fetch_tags(Tags::None)
            .with_refspecs(specs, Direction::Fetch)?;
        let mut connection = remote.to_connection_with_transport(transport);
        // No helpers, no prompt, no configuration: our transports have what they need.
        connection.set_credentials(|_| Ok(None));
        connection.set_transport_options(Box::new(()));
        connection
            .prepare_fetch(Discard, gix::remote::ref_map::Options::default())?
            .with_shallow(Shallow::DepthAtRemote(NonZeroU32::MIN))
            .receive(Discard, self.attempt.flag())?;
        Ok(())
    }

    fn transport(&self) -> Result<Box<dyn Transport + Send>, Fault> {
        wire::open(self.url, self.settings, self.credential, self.attempt)
    }

    /// What our transport saw explains a failure best; then what the server said; then what gix
    /// makes of the data.
    fn why(&self, error: &gix::Error) -> Fault {
        if let Some(fault) = self.attempt.fault() {
            return fault;
        }
        let text = crate::error::chain(error);
        let lower = text.to_lowercase();
        if lower.contains("upload-pack:") || lower.contains("not our ref") || lower.contains("err ")
        {
            return Fault::Refused { detail: text };
        }
        if error.is_resource_exhausted() {
            return Fault::TooLarge {
                what: "an object in the pack".to_owned(),
                limit: format!("{} bytes", self.settings.limits.object_bytes),
            };
        }
        Fault::Corrupt { detail: text }
    }
}
