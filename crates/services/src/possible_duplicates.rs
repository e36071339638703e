//! Possible duplicates: different games of one title, service and region, which staff may link.

use std::collections::BTreeMap;

use domain::name::match_key;
use futures::future::BoxFuture;
use storage::offers::ComparedGame;

use crate::{Error, OfferService};

/// Games that may be the same.
#[derive(Clone, Debug)]
pub struct SimilarGames {
    /// The games, in the order of their titles.
    pub games: Vec<ComparedGame>,
}

impl<'a> OfferService<'a> {
    /// Visible games that have the same title, edition, service and region, however their suppliers write these: at most
    /// `limit` groups, and how many there are. One statement, which reads the names of all games.
    pub fn possible_duplicates(self, limit: usize) -> BoxFuture<'a, Result<(Vec<SimilarGames>, usize), Error>> {
        Box::pin(async move {
            let games = self.shop.db().offers().compared_games().await?;
            self.shop.reader.run(move || similar(games, limit)).await
        })
    }
}

fn similar(games: Vec<ComparedGame>, limit: usize) -> (Vec<SimilarGames>, usize) {
    let mut by_key: BTreeMap<String, Vec<ComparedGame>> = BTreeMap::new();
    for game in games {
        let (service, region) = (game.activation_service.as_deref(), game.region.as_deref());
        if let Some(key) = match_key(&game.title, service, region) {
            by_key.entry(key).or_default().push(game);
        }
    }
    by_key.retain(|_, games| games.len() > 1);
    let total = by_key.len();
    let groups = by_key.into_values().take(limit).map(|mut games| {
        games.sort_unstable_by(|one, other| (&one.title, one.id).cmp(&(&other.title, other.id)));
        SimilarGames { games }
    });
    (groups.collect(), total)
}

#[cfg(test)]
mod tests {
    use domain::id::GameId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn games_are_similar_however_their_names_are_written() {
        let game = |number: u128, title: &str, region: &str| ComparedGame {
            id: GameId(Uuid::from_u128(number)),
            title: title.to_owned(),
            activation_service: Some("Steam".to_owned()),
            region: Some(region.to_owned()),
        };
        let games = vec![
            game(1, "Fallout 4 Steam Key GLOBAL", "Global"),
            game(2, "FALLOUT 4", "Global"),
            game(3, "Fallout 4", "Europe"),
            game(4, "Fallout 4 GOTY", "Global"),
            game(5, "Rust", "Global"),
            game(6, "Rust Steam Key", "Global"),
        ];
        let (groups, total) = similar(games, 1);
        assert_eq!(total, 2);
        let ids: Vec<u128> = groups[0].games.iter().map(|game| game.id.0.as_u128()).collect();
        assert_eq!(ids, [2, 1]);
    }
}
