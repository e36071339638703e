-- The references of a new order to games and offers are checked at its commit. Each check locks the row that it finds, and an order writes its
-- rows before it locks the game and the offer that it takes a copy of: with several customers of one game, its row was locked by some of them
-- while another changed it. PostgreSQL then keeps a list of lockers with each version of the row, reads it whenever it passes that version, and
-- cannot forget the version before the next vacuum: each order made the next ones of that game slower. At the commit the order itself holds the
-- stronger lock.
ALTER TABLE order_items ALTER CONSTRAINT order_items_game_id_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE units ALTER CONSTRAINT units_game_id_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE units ALTER CONSTRAINT units_reserved_offer_id_fkey DEFERRABLE INITIALLY DEFERRED;
